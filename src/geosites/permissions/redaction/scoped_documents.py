"""Documents for an account with a scope: rows of its territories, and totals over them alone.

A sum, share or mean over all territories would reveal values outside the scope. It is therefore
computed again over the scope, or null.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from geosites.core.documents.displacement import (
    DisplacementDocument,
    NothingOfWdd,
    NothingOfWdq,
    PartnerDisplacement,
)
from geosites.core.documents.displacement_figures import (
    ElsewhereFigures,
    NothingOfChange,
    SampleFigures,
    TerritoryChangeRow,
    WarningRow,
)
from geosites.core.documents.territories import (
    TerritoriesDocument,
    TerritoryDocument,
    TerritoryWeekRow,
)
from geosites.core.documents.weeks import (
    BorderRow,
    OccupiedPlace,
    PartnerWeek,
    WeekDocument,
    WithheldCounts,
)

NOTHING: NothingOfChange = {
    "before": None,
    "after": None,
    "expected": None,
    "change": None,
    "se": None,
    "low": None,
    "high": None,
    "places": None,
}
_NO_WDD: NothingOfWdd = {
    "estimate": None,
    "se": None,
    "z": None,
    "low": None,
    "high": None,
    "local": None,
    "displaced": None,
    "p_one_sided": None,
}
_NO_WDQ: NothingOfWdq = {"value": None, "reason": None}
_NOWHERE: ElsewhereFigures = {
    "places": 0,
    "visits_before": 0,
    "visits_after": 0,
    "heads_per_visit_before": None,
    "heads_per_visit_after": None,
}

Row = TypeVar("Row", bound=Mapping[str, object])


def week(document: WeekDocument, scope: Sequence[str], names: Collection[str]) -> WeekDocument:
    """Return a week in the territories of some codes and names; totals and shares are theirs."""
    rows = _inside(document["territories"], scope)
    heads = sum(row["heads"] for row in rows)
    return {
        **document,
        "visits": sum(row["visits"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "heads": heads,
        "heads_counted": sum(row["heads_counted"] for row in rows),
        "scope": list(scope),
        "heads_robust": None,
        "heaviest_visit": None,
        "borders": [item for item in document["borders"] if _touches(item, scope)],
        "occupied": [item for item in document.get("occupied", ()) if _lies_in(item, scope)],
        "observed_share": None,
        "reports": 0,
        "imprecise": None,
        "hotspots": [
            {**spot, "share": spot["heads"] / heads if heads else 0.0}
            for spot in document["hotspots"]
            if spot["territory"] in names
        ],
        "territories": rows,
    }


def released_week(
    document: PartnerWeek, scope: Sequence[str], names: Collection[str]
) -> PartnerWeek:
    """Return the release of a week limited to territories by code and name."""
    rows = _inside(document["territories"], scope)
    counted = [row["heads_counted"] for row in rows]
    return {
        **document,
        "visits": sum(row["visits"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "heads": _total([row["heads"] for row in rows]),
        "heads_counted": _total(counted),
        "scope": list(scope),
        "observed_share": None,
        "reports": 0,
        "hotspots": [spot for spot in document["hotspots"] if spot["territory"] in names],
        "territories": rows,
        "withheld": _withheld(document["withheld"], counted),
    }


def displacement(document: DisplacementDocument, scope: Sequence[str]) -> DisplacementDocument:
    """Return a study of an event limited to the scope.

    The account of the fall sums near territories: it is included only if all of them are in scope.
    """
    inside = set(scope)
    rows = _inside(document["territories"], scope)
    near = {row["code"] for row in document["territories"] if row["near"]}
    whole = near <= inside
    return {
        **document,
        "scope": list(scope),
        "imprecise": None,
        "territories": rows,
        "flows": [item for item in document["flows"] if {item["from"], item["to"]} <= inside],
        "net": NOTHING,
        "rings": document["rings"] if whole else [],
        "course": [{**row, "comparable": None} for row in document["course"]],
        "accounting": document["accounting"] if whole else None,
        "displaced_share": document["displaced_share"] if whole else None,
        "wdd": _NO_WDD,
        "wdd_heads": _NO_WDD,
        "wdq": _NO_WDQ,
        "effort_ratio": None,
        "left_or_not_found": None,
        "arrived": None,
        "care_distance_m": {"before": None, "after": None, "way": None},
        "not_predicted": [code for code in document["not_predicted"] if code in inside],
        "sample": _sample(rows, document["sample"]["controls"]),
        "new_places": [row for row in document["new_places"] if row["territory"] in inside],
        "farther": _inside(document["farther"], scope),
        "borders": [item for item in document["borders"] if set(item["territories"]) <= inside],
        "warnings": [item for item in document["warnings"] if _warns(item, inside)],
    }


def released_displacement(
    document: PartnerDisplacement, scope: Sequence[str]
) -> PartnerDisplacement:
    """Return the release of an event limited to the scope."""
    inside = set(scope)
    rows = _inside(document["territories"], scope)
    return {
        **document,
        "cut_by": [],
        "course": [],
        "slope": None,
        "accounting": None,
        "new_places": [],
        "farther": [],
        "borders": [],
        "warnings": [],
        "effort_ratio": None,
        "left_or_not_found": None,
        "arrived": None,
        "care_distance_m": {"before": None, "after": None, "way": None},
        "not_predicted": [code for code in document.get("not_predicted", []) if code in inside],
        "sample": {
            "visits": sum(row["visits_before"] + row["visits_after"] for row in rows),
            "places": sum(row["places"] for row in rows),
            "places_near": sum(row["places"] for row in rows if row["near"]),
            "controls": document["sample"]["controls"],
            "elsewhere": {
                "places": 0,
                "visits_before": 0,
                "visits_after": 0,
                "heads_per_visit_before": None,
                "heads_per_visit_after": None,
            },
        },
        "scope": list(scope),
        "territories": rows,
        "flows": [item for item in document["flows"] if {item["from"], item["to"]} <= inside],
        "withheld": _withheld(document["withheld"], [row["change"] for row in rows]),
    }


def territory(document: TerritoryDocument) -> TerritoryDocument:
    """Return a territory without its shares of all, which would give the whole back."""
    weeks = [_unshared(row) for row in document["weeks"]]
    return {**document, "summary": {**document["summary"], "share": None}, "weeks": weeks}


def _unshared(row: TerritoryWeekRow) -> TerritoryWeekRow:
    return {**row, "share": None}


def territories(document: TerritoriesDocument, scope: Sequence[str]) -> TerritoriesDocument:
    """Return the territories in scope, without their shares of all."""
    rows = _inside(document["territories"], scope)
    return {**document, "territories": [{**row, "share": None} for row in rows]}


def _inside(rows: Sequence[Row], scope: Collection[str]) -> list[Row]:
    return [row for row in rows if row["code"] in scope]


def _total(counts: Sequence[int | None]) -> int | None:
    """Return the sum of some counts; None if one of them is withheld."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _withheld(whole: WithheldCounts, counts: Sequence[object]) -> WithheldCounts:
    """Return what is withheld of the counts in scope, and of their total if any of them is."""
    hidden = sum(count is None for count in counts)
    return {"threshold": whole["threshold"], "territories": hidden, "total": hidden > 0}


def _sample(rows: Sequence[TerritoryChangeRow], controls: int) -> SampleFigures:
    """Return the data behind a study in scope; of the comparable places only the number."""
    return {
        "visits": sum(row["visits_before"] + row["visits_after"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "places_near": sum(row["places"] for row in rows if row["near"]),
        "controls": controls,
        "elsewhere": _NOWHERE,
    }


def _touches(border: BorderRow, scope: Collection[str]) -> bool:
    """Return whether a place on a border counts in scope; elsewhere it is not theirs to see."""
    return border["territories"][0]["code"] in scope


def _lies_in(place: OccupiedPlace, scope: Collection[str]) -> bool:
    """Return whether a place counts in scope."""
    home = place["territory"]
    return home is not None and home["code"] in scope


def _warns(warning: WarningRow, scope: Collection[str]) -> bool:
    """Return whether a warning is of a territory in scope; without a territory, of the spot."""
    code = warning["territory"]
    return code is None or code in scope
