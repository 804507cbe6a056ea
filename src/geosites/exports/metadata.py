"""Metadata of exported files."""

from __future__ import annotations

from typing import TypedDict

from geosites import __version__
from geosites.core import city
from geosites.core.precision import CELL_M
from geosites.exports.exported_columns import ExportRequest

_OBSERVED = "Observations: the services that reported them"
_FICTIONAL = "An exercise: everything in this file is fictional."
_COUNTS = "Heads are counted at places; nothing here describes a person."


class About(TypedDict):
    """Metadata of a file: credits, parameters, instant of knowledge, whether fictional."""

    title: str
    kind: str
    since: str | None
    until: str | None
    as_known_at: str
    precision: str
    scope: list[str]
    reference_system: str
    rows: int | None
    exercise: bool
    notes: list[str]
    credits: list[str]
    made_by: str


def about(asked: ExportRequest, rows: int, *, exercise: bool) -> About:
    """Return credits, parameters, the date known at and the mark of an exercise, as JSON has it."""
    return {
        "title": f"geosites: {asked.kind}",
        "kind": str(asked.kind),
        "since": asked.since.isoformat() if asked.since else None,
        "until": asked.until.isoformat() if asked.until else None,
        "as_known_at": asked.as_known_at.isoformat(),
        "precision": "exact" if asked.sight.exact else f"cells of {CELL_M} m",
        "scope": list(asked.sight.scope),
        "reference_system": "EPSG:4326",
        "rows": rows,
        "exercise": exercise,
        "notes": [*([_FICTIONAL] if exercise else []), _COUNTS],
        "credits": _credits(),
        "made_by": f"geosites {__version__}",
    }


def _credits() -> list[str]:
    boundaries = city.current().credits.get("boundaries")
    return [_OBSERVED, *([f"Boundaries: {boundaries}"] if boundaries else [])]
