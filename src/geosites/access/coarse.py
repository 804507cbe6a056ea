"""Answers by territory and week, with small counts kept back: all that a partner sees.

Each function takes the document of a result and returns one with the same keys. What is kept back
is null; `withheld` says what and why. Nothing finer than a territory is left in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from geosites.access.released import COUNTS, counts
from geosites.analysis.disclosure import THRESHOLD, Suppression, shuffled, suppress
from geosites.store.releases import Release

Document = dict[str, Any]
_PLACE = ("area_ha", "heads", "share", "visits", "exceedance_p", "quartier", "nearest_site")
_SPOT_HIDDEN = (*_PLACE, "nearest_site_m", "lon", "lat")
_FINER: Document = {"heads_robust": None, "heaviest_visit": None, "borders": []}
"""What a week tells of single visits and places, or of sums over more than was released."""

_PUBLISHED = (
    "day", "precision", "site", "place", "low", "high", "measure", "part", "speakers", "said_by",
    "source", "remark", "beside",
)  # fmt: skip
_CHANGE = ("before", "after", "expected", "change", "low", "high")
_RATES = ("heads_per_visit_before", "heads_per_visit_after")


def week_table(release: Release, threshold: float = THRESHOLD) -> Document:
    """Return the territories of a released week, with the totals where they can be told."""
    rows = release.rows
    told = [counts(row) for row in rows]
    found = _suppressed(told, [row["code"] for row in rows], str(release.week), threshold)
    shown = [
        {**row, **{name: None if kept else round(row[name]) for name in COUNTS}}
        for row, kept in zip(rows, found.hidden, strict=True)
    ]
    totals = {
        name: None if found.total_hidden else round(sum(row[name] for row in rows))
        for name in COUNTS
    }
    return {**totals, "territories": shown, "withheld": _withheld(found, threshold)}


def week(document: Mapping[str, Any], release: Release, threshold: float = THRESHOLD) -> Document:
    """Return the document of a week as a partner sees it, from what was released."""
    table = week_table(release, threshold)
    return {
        **document,
        **table,
        **_FINER,
        "as_known_at": release.released_at,
        "visits": sum(row["visits"] for row in release.rows),
        "places": sum(row["places"] for row in release.rows),
        "hotspots": [{**spot, **dict.fromkeys(_SPOT_HIDDEN)} for spot in document["hotspots"]],
    }


def territory(
    document: Mapping[str, Any], releases: Sequence[Release], threshold: float = THRESHOLD
) -> Document:
    """Return a territory through released weeks; a count kept back is null, and so are sums."""
    code = document["code"]
    course = [_in_week(code, release, threshold) for release in releases]
    return {
        **document,
        "summary": {**document["summary"], "heads": None, "share": None},
        "weeks": course,
        "sites": [closure(answer) for answer in document["sites"]],
        "events": [{**event, "heads_dispersed": None} for event in document["events"]],
        "withheld": {"threshold": threshold},
    }


def _in_week(code: str, release: Release, threshold: float) -> Document:
    rows = {row["code"]: row for row in week_table(release, threshold)["territories"]}
    none = {"visits": 0, "places": 0, "heads": None, "heads_counted": 0}
    row = rows.get(code, none)
    kept = {name: row[name] for name in none}
    heads = row["heads"] if row["visits"] else None
    hidden = code in rows and row["heads_counted"] is None
    return {"week": str(release.week), **kept, "heads": heads, "share": None, "withheld": hidden}


def alarm(document: Mapping[str, Any]) -> Document:
    """Return an alarm by its territory alone."""
    kept = ("heads", "expected", "places", "radius_m", "quartier", "nearest_site", "lon", "lat")
    return {**document, **dict.fromkeys(kept)}


def published(
    document: Mapping[str, Any],
    codes: Sequence[str],
    release: Release | None,
    threshold: float = THRESHOLD,
) -> Document:
    """Return a published count, which is public, beside its territories in a released week.

    What visits to its sites saw is finer than that, and is left out.
    """
    rows = week_table(release, threshold)["territories"] if release else []
    kept = {row["code"]: row for row in rows}
    return {
        **{name: document[name] for name in _PUBLISHED},
        "seen": {},
        "week": release and str(release.week),
        "territories": [
            {"name": kept[code]["name"], "heads": kept[code]["heads"]}
            for code in codes
            if code in kept
        ],
    }


def closure(document: Mapping[str, Any]) -> Document:
    """Return whether a site is closed, with each visit by its day and without its count."""
    near = document["nearby"]
    return {
        **document,
        "nearby": near and {**dict.fromkeys(near), "last_at": near["last_at"].date()},
        "evidence": [
            {**item, "id": None, "headcount": None, "observed_at": item["observed_at"].date()}
            for item in document["evidence"]
        ],
        "detection": [],
    }


def displacement(document: Mapping[str, Any], threshold: float = THRESHOLD) -> Document:
    """Return what followed an event by territory; nothing is said of the spot itself.

    Flows that touch a territory kept back, or are small, are left out. So are shares, which are
    of the fall at the spot, and rates, which times their visits are counts.
    """
    rows = document["territories"]
    levels = [[row["before"], row["after"]] for row in rows]
    salt = f"{document['event']['kind']} {document['event']['at'].isoformat()}"
    found = _suppressed(levels, [row["code"] for row in rows], salt, threshold)
    shown = [
        {**row, **{name: None if kept else _whole(row[name]) for name in _CHANGE}, "share": None}
        for row, kept in zip(rows, found.hidden, strict=True)
    ]
    clear = {row["code"] for row, kept in zip(rows, found.hidden, strict=True) if not kept}
    everything = not found.hidden.any()
    return {
        **document,
        "target": dict.fromkeys(document["target"]),
        "net": dict.fromkeys(document["net"]),
        "rings": [],
        "wdd": dict.fromkeys(document["wdd"]),
        "wdd_heads": dict.fromkeys(document["wdd_heads"]),
        "wdq": dict.fromkeys(document["wdq"]),
        "displaced_share": None,
        "slope": None,
        "course": [],
        "accounting": None,
        "new_places": [],
        "farther": [],
        "borders": [],
        "warnings": [],
        "panel": None,
        "sample": _without_rates(document["sample"]),
        "territories": shown,
        "flows": [
            _rounded(flow)
            for flow in document["flows"]
            if {flow["from"], flow["to"]} <= clear and flow["heads"] >= threshold
        ],
        "left_or_not_found": _kept(document["left_or_not_found"], everything, threshold),
        "arrived": _kept(document["arrived"], everything, threshold),
        "withheld": _withheld(found, threshold),
    }


def _suppressed(
    counts: Sequence[Sequence[float]], codes: Sequence[str], salt: str, threshold: float
) -> Suppression:
    table = np.array(counts, dtype=np.float64).reshape(len(codes), len(counts[0]) if counts else 1)
    return suppress(table, shuffled(codes, salt), threshold)


def _withheld(found: Suppression, threshold: float) -> Document:
    return {
        "threshold": threshold,
        "territories": int(found.hidden.sum()),
        "total": found.total_hidden,
    }


def _without_rates(sample: Mapping[str, Any]) -> Document:
    return {**sample, "elsewhere": {**sample["elsewhere"], **dict.fromkeys(_RATES)}}


def _whole(value: float | None) -> float | None:
    return value if value is None or not np.isfinite(value) else round(value)


def _rounded(flow: Mapping[str, Any]) -> Document:
    return {key: round(value) if isinstance(value, float) else value for key, value in flow.items()}


def _kept(
    estimate: Mapping[str, float] | None, everything: bool, threshold: float
) -> Mapping[str, Any] | None:
    if estimate is None:
        return None
    if not everything or 0 < estimate["heads"] < threshold:
        return dict.fromkeys(estimate)
    return {name: round(value) for name, value in estimate.items()}
