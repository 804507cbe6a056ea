"""The documents of the service, as far as a client needs to know their form."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class SiteClosure(TypedDict):
    """Whether a site is still closed."""

    site: str
    as_of: str
    status: str
    p_clear: float | None
    closed_since: str | None
    closed_until: str | None
    legal_ref: str | None
    visits_since_closure: int
    negative_visits: int
    last_visit_at: str | None
    last_positive_at: str | None
    never_checked: bool
    nearby: dict[str, Any] | None
    next_visit_due: str | None
    visits_needed: int | None
    lapses_at: str | None
    evidence: list[dict[str, Any]]


class Hotspots(TypedDict):
    """Where people stood in an ISO week."""

    week: str
    as_known_at: str | None
    parameters: dict[str, Any]
    visits: int
    places: int
    heads: float | None
    heads_counted: int | None
    observed_share: float | None
    hotspots: list[dict[str, Any]]
    territories: list[dict[str, Any]]


class Displacement(TypedDict):
    """What followed an event."""

    event: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    level: float
    wdd: dict[str, Any]
    wdq: dict[str, Any]
    placebo: dict[str, Any]
    territories: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    left_or_not_found: dict[str, Any]
    arrived: dict[str, Any]
    care_distance_m: dict[str, Any]


class Receipt(TypedDict):
    """What came of a report."""

    id: str
    added: bool


class Change(TypedDict):
    """One change; what else it says goes by its kind."""

    kind: str
    at: NotRequired[str]
    week: NotRequired[str]
    territory: NotRequired[str]
    site: NotRequired[str]
    ids: NotRequired[list[str]]


class ChangePage(TypedDict):
    """Some changes, and the cursor after them."""

    changes: list[Change]
    weeks_revised: list[str]
    next: str
    more: bool
    exercise: bool
