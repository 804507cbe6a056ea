"""Weekly alarm documents: ground with more people than its own past leads to expect."""

from __future__ import annotations

from typing_extensions import TypedDict


class AlarmDocument(TypedDict):
    """A significant excess; heads are people present per week."""

    week: str
    weeks: int
    heads: float
    expected: float
    p: float
    places: int
    radius_m: float
    territory: str | None
    quartier: str | None
    nearest_site: str | None
    lon: float
    lat: float
