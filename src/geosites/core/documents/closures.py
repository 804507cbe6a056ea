"""Closure documents: status, evidence, history, and the board of all sites."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class NearbyHeads(TypedDict):
    """People seen just outside the perimeter; partners only get the day."""

    heads: int | None
    within_m: int | None
    last_at: dt.datetime | dt.date | None
    sightings: int | None


class SeenHeads(TypedDict):
    """People last seen in the perimeter since the closure, and later empty visits.

    Partners only get the day.
    """

    heads: int | None
    at: dt.datetime | dt.date
    verified: bool | None
    empty_since: int | None


class ReoccupiedPeriod(TypedDict):
    """The last verified period since the closure in which people were seen there.

    Partners only get its days.
    """

    first_at: dt.datetime | dt.date
    last_at: dt.datetime | dt.date
    most_heads: int | None
    sightings: int | None


class EvidenceRow(TypedDict):
    """A visit behind a status, and P(clear) just before and after it.

    Partners get its day, but neither its id nor its count.
    """

    id: str | None
    observed_at: dt.datetime | dt.date
    kind: str
    headcount: int | None
    effect: float
    p_before: float
    p_after: float


class DetectionRow(TypedDict):
    """Visits of the active period in one part of the day, how many saw people, mean detection."""

    day_part: str
    visits: int
    seen: int
    p: float


class StoppingFigures(TypedDict):
    """How many more visits are worth their cost if a wrong "closed" costs `error_visits` of them.

    `until`: when a visit is worth its cost again, where none is now. `pays_from`: the cost from
    which any visit is.
    """

    error_visits: float
    worth_visits: int
    pays_from: float | None
    until: dt.datetime | None


class ClosureParameters(TypedDict):
    """What an answer rests on besides the evidence."""

    hazard_per_year: float
    prior_clear: float
    prior_reopened: float
    prior_a: float
    prior_b: float
    borrowed: float
    learned_visits: float
    one_part: float
    same_part: float
    false_alarm: float
    active_days: int
    confirmed_p: float
    probable_p: float
    settled_p: float
    min_negatives: int
    min_day_parts: int
    min_covered: float
    fresh_days: int
    nearby_m: float
    sight_m: float
    level: float


class ClosureSummary(TypedDict):
    """The status of a site's closure, without the evidence."""

    site: str
    name: str
    as_of: dt.datetime
    status: str
    p_clear: float | None
    p_clear_interval: list[float | None]
    closed_since: dt.datetime | None
    closed_until: dt.datetime | None
    legal_ref: str | None
    visits_since_closure: int
    empty_visits: int
    negative_visits: int
    negatives_in_force: int
    day_parts: list[str]
    covered_share: float | None
    never_checked: bool
    nearby: NearbyHeads | None
    last_seen: SeenHeads | None
    reoccupied: ReoccupiedPeriod | None
    last_visit_at: dt.datetime | None
    last_positive_at: dt.datetime | None
    next_visit_due: dt.datetime | None
    next_day_part: str | None
    visits_needed: int | None
    lapses_at: dt.datetime | None
    visit_log: bool
    sighting_record_p: float | None


class ClosureDocument(ClosureSummary):
    """Whether a site is still closed, and the evidence. Partners get no detection probabilities."""

    exercise: bool
    as_known_at: dt.datetime | None
    stopping: StoppingFigures | None
    evidence: list[EvidenceRow]
    detection: list[DetectionRow]
    parameters: ClosureParameters


class BoardDocument(TypedDict):
    """Every site that is seen, by what needs a visit first."""

    as_of: dt.datetime
    sites: list[ClosureDocument]


class StatusStretch(TypedDict):
    """From when to before when a site had one status."""

    start: dt.datetime
    end: dt.datetime
    status: str


class HistoryDocument(TypedDict):
    """The status of a site over time."""

    site: str
    name: str
    exercise: bool
    start: dt.datetime
    end: dt.datetime
    as_known_at: dt.datetime | None
    band: list[StatusStretch]
    parameters: ClosureParameters


class DeclaredClosure(TypedDict):
    """A declared closure as recorded, after it was extended or lifted."""

    id: str
    site: str
    closed_from: dt.datetime
    closed_until: dt.datetime | None
    legal_ref: str | None
    review_days: int
    source: str | None
