"""Partner documents: figures by territory and week with small counts suppressed.

Each function takes the document of a result, suppresses small counts and builds a new document from
the fields that `partner_fields` lists. Suppressed values are null; `withheld` says what was
withheld and why. Nothing finer than a territory remains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geosites.analysis.cell_suppression import THRESHOLD, Suppression, shuffled, suppress
from geosites.core.documents.closures import ClosureDocument, HistoryDocument
from geosites.core.documents.displacement import DisplacementDocument, PartnerDisplacement
from geosites.core.documents.displacement_figures import FlowRow, HeadsEstimate, TerritoryChangeRow
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.published import CountDocument
from geosites.core.documents.territories import (
    TerritoriesDocument,
    TerritoryDocument,
    TerritoryWeekRow,
)
from geosites.core.documents.weeks import (
    PartnerTable,
    PartnerTerritory,
    PartnerWeek,
    TerritoryRow,
    WeekDocument,
    WithheldCounts,
)
from geosites.db.publication.partner_releases import Release
from geosites.permissions.partner_releases import counts
from geosites.permissions.redaction import partner_fields as fields
from geosites.permissions.redaction.allow_list import Document

_CHANGE = ("before", "after", "expected", "change", "low", "high")


def week_table(release: Release, threshold: float = THRESHOLD) -> PartnerTable:
    """Return the territories of a released week, with the totals that can be shown."""
    rows = release.rows
    answer = [counts(row) for row in rows]
    result = _suppressed(answer, [row["code"] for row in rows], str(release.week), threshold)
    heads, counted = (row["heads"] for row in rows), (row["heads_counted"] for row in rows)
    return {
        "heads": None if result.total_hidden else round(sum(heads)),
        "heads_counted": None if result.total_hidden else round(sum(counted)),
        "territories": [
            _counted(row, withheld=bool(kept))
            for row, kept in zip(rows, result.hidden, strict=True)
        ],
        "withheld": _withheld(result, threshold),
    }


def _counted(row: TerritoryRow, *, withheld: bool) -> PartnerTerritory:
    return {
        "code": row["code"],
        "name": row["name"],
        "visits": row["visits"],
        "places": row["places"],
        "heads": None if withheld else round(row["heads"]),
        "heads_counted": None if withheld else round(row["heads_counted"]),
    }


def week(document: WeekDocument, release: Release, threshold: float = THRESHOLD) -> PartnerWeek:
    """Return the document of a week for a partner, from its release."""
    return fields.WEEK.tell(
        {
            **document,
            **week_table(release, threshold),
            "as_known_at": release.released_at,
            "visits": sum(row["visits"] for row in release.rows),
            "places": sum(row["places"] for row in release.rows),
        }
    )


def territory(
    document: TerritoryDocument, releases: Sequence[Release], threshold: float = THRESHOLD
) -> TerritoryDocument:
    """Return a territory through released weeks; withheld counts and their sums are null."""
    course = [_in_week(document["code"], release, threshold) for release in releases]
    answer = {**document, "weeks": course, "withheld": {"threshold": threshold}}
    return fields.TERRITORY.tell(answer)


def _in_week(code: str, release: Release, threshold: float) -> TerritoryWeekRow:
    rows = {row["code"]: row for row in week_table(release, threshold)["territories"]}
    unseen = PartnerTerritory(code=code, name="", visits=0, places=0, heads=None, heads_counted=0)
    row = rows.get(code, unseen)
    return {
        "week": str(release.week),
        "visits": row["visits"],
        "places": row["places"],
        "heads": row["heads"] if row["visits"] else None,
        "heads_counted": row["heads_counted"],
        "share": None,
        "withheld": row["heads_counted"] is None,
    }


def published(
    document: CountDocument,
    codes: Sequence[str],
    release: Release | None,
    threshold: float = THRESHOLD,
) -> CountDocument:
    """Return a published count, which is public, beside its territories in a released week.

    The visits to its sites are finer than that, and left out.
    """
    rows = week_table(release, threshold)["territories"] if release else []
    kept = {row["code"]: row for row in rows}
    answer = {
        **document,
        "seen": {},
        "week": release and str(release.week),
        "territories": [kept[code] for code in codes if code in kept],
    }
    return fields.PUBLISHED.tell(answer)


def closure(document: ClosureDocument) -> ClosureDocument:
    """Return whether a site is closed, with each visit by its day and without its count."""
    return fields.CLOSURE.tell(document)


def history(document: HistoryDocument) -> HistoryDocument:
    """Return the status of a site over time."""
    return fields.HISTORY.tell(document)


def listed(document: ListedEvent) -> ListedEvent:
    """Return an event in a list, without how many were dispersed."""
    return fields.LISTED.tell(document)


def all_territories(document: TerritoriesDocument) -> TerritoriesDocument:
    """Return every territory with its effort only."""
    return fields.TERRITORIES.tell(document)


def displacement(
    document: DisplacementDocument, threshold: float = THRESHOLD
) -> PartnerDisplacement:
    """Return a displacement study by territory, without the target itself.

    Flows that involve a withheld territory, or are small, are left out. So are shares, which are
    relative to the fall at the target, and rates, which multiplied by visits give counts.
    """
    rows = document["territories"]
    levels = [[row["before"], row["after"]] for row in rows]
    salt = f"{document['event']['kind']} {document['event']['at'].isoformat()}"
    result = _suppressed(levels, [row["code"] for row in rows], salt, threshold)
    clear = {row["code"] for row, kept in zip(rows, result.hidden, strict=True) if not kept}
    everything = not result.hidden.any()
    flows = [
        _rounded(flow)
        for flow in document["flows"]
        if {flow["from"], flow["to"]} <= clear and flow["heads"] >= threshold
    ]
    return fields.DISPLACEMENT.tell(
        {
            **document,
            "territories": [
                _withheld_row(row) if kept else _rounded_row(row)
                for row, kept in zip(rows, result.hidden, strict=True)
            ],
            "flows": flows,
            "left_or_not_found": _kept(document["left_or_not_found"], everything, threshold),
            "arrived": _kept(document["arrived"], everything, threshold),
            "withheld": _withheld(result, threshold),
        }
    )


def as_released(document: PartnerDisplacement) -> PartnerDisplacement:
    """Return the release of an event, with only the fields currently allowed for partners."""
    rows = [_withheld_row(row) if row["change"] is None else row for row in document["territories"]]
    return fields.DISPLACEMENT.tell({**document, "territories": rows})


def _withheld_row(row: Mapping[str, object]) -> Document:
    """Return a row without its change; its standard error would give the withheld mean back."""
    return {**row, **dict.fromkeys((*_CHANGE, "se"))}


def _rounded_row(row: TerritoryChangeRow) -> Document:
    figures = {
        "before": row["before"],
        "after": row["after"],
        "expected": row["expected"],
        "change": row["change"],
        "low": row["low"],
        "high": row["high"],
    }
    return {**row, **{name: _whole(figure) for name, figure in figures.items()}}


def _suppressed(
    counts: Sequence[Sequence[float]], codes: Sequence[str], salt: str, threshold: float
) -> Suppression:
    table = np.array(counts, dtype=np.float64).reshape(len(codes), len(counts[0]) if counts else 1)
    return suppress(table, shuffled(codes, salt), threshold)


def _withheld(found: Suppression, threshold: float) -> WithheldCounts:
    return {
        "threshold": threshold,
        "territories": int(found.hidden.sum()),
        "total": found.total_hidden,
    }


def _whole(value: float) -> float:
    return round(value) if np.isfinite(value) else value


def _rounded(flow: FlowRow) -> Document:
    return {key: round(value) if isinstance(value, float) else value for key, value in flow.items()}


def _kept(estimate: HeadsEstimate | None, everything: bool, threshold: float) -> Document | None:
    if estimate is None:
        return None
    if not everything or 0 < estimate["heads"] < threshold:
        return {"heads": None, "low": None, "high": None}
    return {
        "heads": round(estimate["heads"]),
        "low": round(estimate["low"]),
        "high": round(estimate["high"]),
    }
