"""Answers by territory and week, with small counts kept back: all that a partner sees.

Each function takes the document of a result, suppresses small counts and builds what is told from
the fields that `partner_fields` names. What is kept back is null; `withheld` says what and why.
Nothing finer than a territory is left in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from geosites.analysis.cell_suppression import THRESHOLD, Suppression, shuffled, suppress
from geosites.db.releases import Release
from geosites.permissions.redaction import partner_fields as fields
from geosites.permissions.redaction.allow_list import Document, build
from geosites.permissions.releases import COUNTS, counts

_CHANGE = ("before", "after", "expected", "change", "low", "high")
_HEADS = ("heads", "low", "high")


def week_table(release: Release, threshold: float = THRESHOLD) -> Document:
    """Return the territories of a released week, with the totals where they can be told."""
    rows = release.rows
    told = [counts(row) for row in rows]
    found = _suppressed(told, [row["code"] for row in rows], str(release.week), threshold)
    shown = [
        {
            **build(row, fields.COUNTED),
            **{name: None if kept else round(row[name]) for name in COUNTS},
        }
        for row, kept in zip(rows, found.hidden, strict=True)
    ]
    totals = {
        name: None if found.total_hidden else round(sum(row[name] for row in rows))
        for name in COUNTS
    }
    return {**totals, "territories": shown, "withheld": _withheld(found, threshold)}


def week(document: Mapping[str, Any], release: Release, threshold: float = THRESHOLD) -> Document:
    """Return the document of a week as a partner sees it, from what was released."""
    told = {
        **document,
        **week_table(release, threshold),
        "as_known_at": release.released_at,
        "visits": sum(row["visits"] for row in release.rows),
        "places": sum(row["places"] for row in release.rows),
    }
    return build(told, fields.WEEK)


def territory(
    document: Mapping[str, Any], releases: Sequence[Release], threshold: float = THRESHOLD
) -> Document:
    """Return a territory through released weeks; a count kept back is null, and so are sums."""
    course = [_in_week(document["code"], release, threshold) for release in releases]
    told = {**document, "weeks": course, "withheld": {"threshold": threshold}}
    return build(told, fields.TERRITORY)


def _in_week(code: str, release: Release, threshold: float) -> Document:
    rows = {row["code"]: row for row in week_table(release, threshold)["territories"]}
    none = {"visits": 0, "places": 0, "heads": None, "heads_counted": 0}
    row = rows.get(code, none)
    kept = {name: row[name] for name in none}
    heads = row["heads"] if row["visits"] else None
    hidden = code in rows and row["heads_counted"] is None
    return {"week": str(release.week), **kept, "heads": heads, "share": None, "withheld": hidden}


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
    told = {
        **document,
        "seen": {},
        "week": release and str(release.week),
        "territories": [kept[code] for code in codes if code in kept],
    }
    return build(told, fields.PUBLISHED)


def closure(document: Mapping[str, Any]) -> Document:
    """Return whether a site is closed, with each visit by its day and without its count."""
    return build(document, fields.CLOSURE)


def history(document: Mapping[str, Any]) -> Document:
    """Return the status of a site over time."""
    return build(document, fields.HISTORY)


def listed(document: Mapping[str, Any]) -> Document:
    """Return an event in a list, without how many were dispersed."""
    return build(document, fields.LISTED)


def all_territories(document: Mapping[str, Any]) -> Document:
    """Return every territory by its effort alone."""
    return build(document, fields.TERRITORIES)


def displacement(document: Mapping[str, Any], threshold: float = THRESHOLD) -> Document:
    """Return what followed an event by territory; nothing is said of the spot itself.

    Flows that touch a territory kept back, or are small, are left out. So are shares, which are
    of the fall at the spot, and rates, which times their visits are counts.
    """
    rows = document["territories"]
    levels = [[row["before"], row["after"]] for row in rows]
    salt = f"{document['event']['kind']} {document['event']['at'].isoformat()}"
    found = _suppressed(levels, [row["code"] for row in rows], salt, threshold)
    clear = {row["code"] for row, kept in zip(rows, found.hidden, strict=True) if not kept}
    everything = not found.hidden.any()
    flows = [
        _rounded(flow)
        for flow in document["flows"]
        if {flow["from"], flow["to"]} <= clear and flow["heads"] >= threshold
    ]
    told = {
        **document,
        "territories": [
            _withheld_row(row) if kept else _rounded_row(row)
            for row, kept in zip(rows, found.hidden, strict=True)
        ],
        "flows": flows,
        "left_or_not_found": _kept(document["left_or_not_found"], everything, threshold),
        "arrived": _kept(document["arrived"], everything, threshold),
        "withheld": _withheld(found, threshold),
    }
    return build(told, fields.DISPLACEMENT)


def as_released(document: Mapping[str, Any]) -> Document:
    """Return what was released of an event, with no field but those that partners are told now."""
    rows = [_withheld_row(row) if row["change"] is None else row for row in document["territories"]]
    return build({**document, "territories": rows}, fields.DISPLACEMENT)


def _withheld_row(row: Mapping[str, Any]) -> Document:
    """Return a row without its change; its standard error would give the withheld mean back."""
    return {**row, **dict.fromkeys((*_CHANGE, "se"))}


def _rounded_row(row: Mapping[str, Any]) -> Document:
    return {**row, **{name: _whole(row[name]) for name in _CHANGE}}


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
        return dict.fromkeys(_HEADS)
    return {name: round(estimate[name]) for name in _HEADS}
