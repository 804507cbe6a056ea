"""The results as documents: what JSON answers hold, and what sentences and pages are made from."""

from __future__ import annotations

import datetime as dt
from typing import Any, NotRequired, TypedDict


class Evidence(TypedDict):
    """One visit behind a closure answer."""

    id: str
    observed_at: dt.datetime
    kind: str
    headcount: int
    effect: float
    p_before: NotRequired[float]
    p_after: NotRequired[float]


class ClosureDocument(TypedDict):
    """Whether a site is still closed, and why we think so."""

    site: str
    name: NotRequired[str]
    as_of: dt.datetime
    status: str
    p_clear: float | None
    closed_since: dt.datetime | None
    closed_until: dt.datetime | None
    legal_ref: str | None
    visits_since_closure: int
    negative_visits: int
    last_visit_at: dt.datetime | None
    last_positive_at: dt.datetime | None
    next_visit_due: dt.datetime | None
    visits_needed: int | None
    next_day_part: NotRequired[str | None]
    lapses_at: dt.datetime | None
    evidence: list[Evidence]


class Hotspot(TypedDict):
    """A group of cells where more heads were seen than chance would give."""

    rank: int
    area_ha: float
    heads: float
    share: float
    visits: int
    q_value: float
    trend: str | None
    territory: str | None
    quartier: str | None
    nearest_site: str | None
    lon: float
    lat: float


class TerritoryRow(TypedDict):
    """Heads standing in one territory in a week."""

    code: str
    name: str
    visits: int
    places: int
    heads: float
    heads_counted: int


class HotspotsDocument(TypedDict):
    """Where people stood in one ISO week."""

    week: str
    as_known_at: dt.datetime | None
    parameters: dict[str, Any]
    visits: int
    places: int
    heads: float
    heads_counted: int
    observed_share: float | None
    hotspots: list[Hotspot]
    territories: list[TerritoryRow]


class ChangeRow(TypedDict):
    """Heads standing in one territory before and after, and what the controls predict."""

    code: str
    name: str
    before: float
    after: float
    expected: float
    change: float
    low: float
    high: float
    share: float | None


Flow = TypedDict(
    "Flow",
    {
        "from": str,
        "to": str,
        "heads": float,
        "low": float,
        "high": float,
        "bound_low": float,
        "bound_high": float,
    },
)
"""Heads that an allocation sends from one territory to another; nobody was followed."""


class DisplacementDocument(TypedDict):
    """What changed, and where, after an operation or a closure."""

    event: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    level: float
    wdd: dict[str, float]
    wdq: dict[str, Any]
    placebo: dict[str, Any]
    territories: list[ChangeRow]
    flows: list[Flow]
    left_or_not_found: dict[str, float]
    arrived: dict[str, float]
    care_distance_m: dict[str, float | None]
