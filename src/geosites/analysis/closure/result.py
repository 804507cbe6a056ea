"""Result type: the closure status of one site and its evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from geosites.analysis.closure.cost_of_error import StoppingRule
from geosites.analysis.closure.evidence import EvidenceKind
from geosites.analysis.closure.heads_nearby import Nearby
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.status_table import Status
from geosites.core.weeks import DayPart


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One visit behind the answer, and P(clear) just before and just after it."""

    id: str
    observed_at: dt.datetime
    kind: EvidenceKind
    headcount: int
    p_before: float
    p_after: float


@dataclass(frozen=True, kw_only=True)
class DetectionRecord:
    """Visits of the active period in one part of the day: how many, how many saw heads, mean p."""

    day_part: DayPart
    visits: int
    seen: int
    p: float


@dataclass(frozen=True, kw_only=True)
class ClosureState:
    """Whether a site is still closed, as of an instant.

    `p_clear` is None if no closure is in force. `negative_visits` counts each part of a day once;
    `negatives_in_force` and `day_parts` only those since the last verified positive. `covered` is
    the share of the perimeter that the visits in force saw. `never_checked`: nobody visited the
    site since it was closed. `nearby` has people beside the perimeter. `record_p` is used if no
    empty visit was ever logged, which `visit_log` indicates. `next_detection` is the probability
    that a visit now sees people if they are there, by part of the day. `stopping` is None if people
    were reported: then a visit settles it.
    """

    site: str
    as_of: dt.datetime
    status: Status
    p_clear: float | None = None
    p_low: float | None = None
    p_high: float | None = None
    closed_since: dt.datetime | None = None
    closed_until: dt.datetime | None = None
    legal_ref: str | None = None
    review_days: int = 14
    visits_since_closure: int = 0
    empty_visits: int = 0
    negative_visits: int = 0
    negatives_in_force: int = 0
    day_parts: tuple[DayPart, ...] = ()
    covered: float | None = None
    never_checked: bool = False
    nearby: Nearby | None = None
    next_day_part: DayPart | None = None
    last_visit_at: dt.datetime | None = None
    last_positive_at: dt.datetime | None = None
    next_visit_due: dt.datetime | None = None
    visits_needed: int | None = None
    lapses_at: dt.datetime | None = None
    next_detection: tuple[float, ...] = ()
    stopping: StoppingRule | None = None
    evidence: tuple[Evidence, ...] = ()
    detection: tuple[DetectionRecord, ...] = ()
    visit_log: bool = True
    record_p: float | None = None
    hazard_per_year: float
    parameters: EvidenceParameters
