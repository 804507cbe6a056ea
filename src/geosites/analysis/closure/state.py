"""The closure status of one site at one instant, with the evidence for it."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

from geosites.analysis.closure.belief_path import follow
from geosites.analysis.closure.belief_point import Point
from geosites.analysis.closure.cost_of_error import StoppingRule, stopping_rule, stops_until
from geosites.analysis.closure.detection_probability import Detection, detection
from geosites.analysis.closure.evidence import (
    POSITIVE,
    Case,
    EvidenceKind,
    SiteVisits,
    VisitEvidence,
    case_at,
    closed_spans,
    events,
    instant,
    microseconds,
)
from geosites.analysis.closure.heads_nearby import nearby
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.analysis.closure.result import ClosureState, DetectionRecord, Evidence
from geosites.analysis.closure.sighting_record import sighting_record_p
from geosites.analysis.closure.status_at_instant import Path, Step, parts_in
from geosites.analysis.closure.status_table import STATUS_ROW, Status
from geosites.analysis.closure.two_state_filter import YEAR_US, Floats
from geosites.analysis.closure.visit_coverage import ONE_POINT, PerimeterPoints
from geosites.core.errors import NotEnoughData, Refused
from geosites.core.records import Closure
from geosites.core.weeks import DAY_PARTS, DayPart

MOST_VISITS = 200
_END_OF_TIME_US = microseconds(dt.datetime.max.replace(tzinfo=dt.UTC))
_SAW_NOBODY = frozenset({EvidenceKind.NEGATIVE, EvidenceKind.DAY_UNKNOWN})
_NO_VISIT = frozenset(
    {
        EvidenceKind.REJECTED,
        EvidenceKind.NOT_A_VISIT,
        EvidenceKind.NEARBY,
        EvidenceKind.ELSEWHERE,
    }
)


def closure_state(
    site: str,
    visits: SiteVisits,
    closures: Sequence[Closure],
    as_of: dt.datetime,
    *,
    hazard_per_year: float = 0.5,
    parameters: EvidenceParameters = DEFAULTS,
    effort: Mapping[float, float] | None = None,
) -> ClosureState:
    """Return whether `site` is still closed at `as_of`, and why.

    `effort` (Unix seconds: amount, from the whole area) weighs the sighting record where the
    site has no visit log. Visits after `as_of` are left out; their order does not matter.
    """
    if hazard_per_year < 0:
        raise Refused(f"hazard_per_year is {hazard_per_year}, and cannot be negative")
    at = microseconds(as_of)
    result = events(visits, at)
    base = _seen(site, as_of, result, hazard_per_year, parameters)
    if not base.visit_log:
        base = replace(base, record_p=_record_p(result, at, effort))
    case = case_at(closures, at)
    if case is None:
        return base
    base = _declared(base, case, result)
    if not case.in_force:
        return base
    base = replace(
        base,
        never_checked=base.visits_since_closure == 0,
        nearby=nearby(result, case.since, at, parameters),
    )
    path, learned = path_of(
        case.since, result, closures, hazard_per_year, parameters, visits.ground
    )
    return _judged(base, path, learned, visits.ground, at)


def path_of(
    since: int,
    found: Sequence[VisitEvidence],
    closures: Sequence[Closure],
    per_year: float,
    parameters: EvidenceParameters,
    ground: PerimeterPoints = ONE_POINT,
) -> tuple[Path, Detection]:
    """Return the path of the closure begun at `since` and the detection learned before it."""
    before, after = _around(found, since)
    earlier = [span for span in closed_spans(closures) if span[0] < since]
    learned = detection(before, earlier, parameters)
    return follow(since, after, learned, per_year, parameters, ground.share), learned


def _around(
    found: Sequence[VisitEvidence], since: int
) -> tuple[Sequence[VisitEvidence], Sequence[VisitEvidence]]:
    cut = bisect_left(found, since, key=lambda event: event.at)
    return found[:cut], found[cut:]


def _seen(
    site: str,
    as_of: dt.datetime,
    found: Sequence[VisitEvidence],
    per_year: float,
    parameters: EvidenceParameters,
) -> ClosureState:
    visit = next((event for event in reversed(found) if _is_visit(event)), None)
    positive = next((event for event in reversed(found) if event.kind in POSITIVE), None)
    return ClosureState(
        site=site,
        as_of=as_of,
        status=Status.NEVER_CLOSED,
        last_visit_at=None if visit is None else instant(visit.at),
        last_positive_at=None if positive is None else instant(positive.at),
        visit_log=any(event.kind in _SAW_NOBODY for event in found),
        hazard_per_year=per_year,
        parameters=parameters,
    )


def _is_visit(event: VisitEvidence) -> bool:
    return event.effort and event.kind not in _NO_VISIT


def _record_p(
    found: Sequence[VisitEvidence], at: int, effort: Mapping[float, float] | None
) -> float | None:
    sightings = [event.at / 1e6 for event in found if event.kind in POSITIVE]
    try:
        return sighting_record_p(sightings, at / 1e6, effort)
    except NotEnoughData:
        return None


def _declared(base: ClosureState, case: Case, found: Sequence[VisitEvidence]) -> ClosureState:
    end = case.closure.closed_until
    _, after = _around(found, case.since)
    if not case.in_force and end is not None:
        after, _ = _around(after, microseconds(end))
    return replace(
        base,
        status=Status.LIFTED,
        closed_since=instant(case.since),
        closed_until=end,
        legal_ref=case.closure.legal_ref,
        review_days=case.closure.review_days,
        visits_since_closure=sum(map(_is_visit, after)),
        empty_visits=sum(event.kind in _SAW_NOBODY for event in after),
        negative_visits=len({e.slot for e in after if e.kind is EvidenceKind.NEGATIVE}),
    )


def _judged(
    base: ClosureState, path: Path, learned: Detection, ground: PerimeterPoints, at: int
) -> ClosureState:
    point, decay = path.point_at(at), path.decay_to(at)
    status = path.status_at(at)
    lapses = _lapse(path, base.closed_until, at)
    low, high = path.belief.bounds() if point.p > 0 else (0.0, 0.0)
    stands = ground.seen_from(ground.xy, path.parameters.sight_m)
    return replace(
        base,
        status=status,
        p_clear=point.p * decay,
        p_low=low * decay,
        p_high=high * decay,
        negatives_in_force=point.negatives,
        day_parts=tuple(DAY_PARTS[part] for part in parts_in(point.parts)),
        covered=point.covered,
        next_day_part=_next_day_part(path, point, ground),
        next_visit_due=_due(base, point, status, lapses),
        visits_needed=_visits_needed(path, point, status, ground, at),
        lapses_at=lapses,
        next_detection=tuple(path.belief.detection(at, stands).tolist()),
        stopping=_stopping(path, status, stands, at),
        evidence=tuple(map(_evidence, path.steps)),
        detection=_detection_records(learned),
    )


def _stopping(path: Path, status: Status, stands: Floats, at: int) -> StoppingRule | None:
    """Return the stopping rule; None if people were reported, or the site is not closed."""
    if not STATUS_ROW[status].standing:
        return None
    rule = stopping_rule(path.belief.after_misses(at, stands))
    if rule.worth_visits:
        return rule
    best = float(path.belief.detection(at, stands).max())
    active = next(path.belief.after_misses(at, stands))
    years = stops_until(active, best, path.per_year, rule.error_visits) if best > 0 else math.inf
    until = at + years * YEAR_US
    return replace(rule, until=instant(math.floor(until)) if until < _END_OF_TIME_US else None)


def _evidence(step: Step) -> Evidence:
    return Evidence(
        id=step.event.id,
        observed_at=instant(step.event.at),
        kind=step.kind,
        headcount=step.event.headcount,
        p_before=step.before,
        p_after=step.after,
    )


def _detection_records(learned: Detection) -> tuple[DetectionRecord, ...]:
    return tuple(
        DetectionRecord(
            day_part=name,
            visits=learned.visits[part],
            seen=learned.seen[part],
            p=float(learned.mean[part]),
        )
        for part, name in enumerate(DAY_PARTS)
    )


def _lapse(path: Path, closed_until: dt.datetime | None, at: int) -> dt.datetime | None:
    lapses = path.lapses_at(at)
    if lapses is None:
        return None
    if closed_until is not None:
        lapses = min(lapses, microseconds(closed_until))
    return instant(math.floor(lapses)) if lapses < _END_OF_TIME_US else None


def _next_day_part(path: Path, point: Point, ground: PerimeterPoints) -> DayPart:
    """Return the most informative part of the day for a visit, of those that are lacking."""
    lacking = [part for part in range(len(DAY_PARTS)) if not point.parts >> part & 1]
    telling = path.belief.telling(ground.seen_from(ground.xy, path.parameters.sight_m)).tolist()
    return DAY_PARTS[max(lacking or range(len(DAY_PARTS)), key=telling.__getitem__)]


def _due(
    base: ClosureState, point: Point, status: Status, lapses: dt.datetime | None
) -> dt.datetime | None:
    if status in (Status.REOPENED, Status.CONTRADICTED):
        return base.last_positive_at
    if point.last_negative is None:
        return base.closed_since
    review = instant(point.last_negative) + dt.timedelta(days=base.review_days)
    if status is Status.UNVERIFIED:
        return min(review, base.as_of)
    return review if lapses is None else min(review, lapses)


def _visits_needed(
    path: Path, point: Point, status: Status, ground: PerimeterPoints, at: int
) -> int | None:
    if status is Status.CONFIRMED_CLOSED:
        return 0
    rule = path.parameters
    stands = ground.seen_from(ground.xy, rule.sight_m)
    for_belief = path.belief.misses_until(at, rule.confirmed_p, MOST_VISITS, stands)
    if for_belief is None:
        return None
    lacking_parts = rule.min_day_parts - point.parts.bit_count()
    return max(1, for_belief, rule.min_negatives - point.negatives, lacking_parts)
