"""Status rules: which status a belief amounts to, step by step."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geosites.analysis.closure.evidence import DAY_US, EvidenceKind, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.status_table import Status
from geosites.analysis.closure.two_state_filter import YEAR_US, Belief
from geosites.core.weeks import DAY_PARTS


class Point(NamedTuple):
    """The belief just after an event. `negatives` and `parts` (a bit mask) count the visits in
    force: those since the closure began, or since the last verified positive. `covered` is the
    share of the ground that they saw.
    """

    at: int
    p: float
    negatives: int = 0
    parts: int = 0
    last_negative: int | None = None
    covered: float = 0.0
    reopened: bool = False
    contradicted: bool = False


class Step(NamedTuple):
    """An event as evidence: its kind, and P(clear) just before and after."""

    event: VisitEvidence
    kind: EvidenceKind
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Path:
    """Every point and step from the start of a closure on, and the belief at its end."""

    points: Sequence[Point]
    steps: Sequence[Step]
    belief: Belief
    per_year: float
    parameters: EvidenceParameters

    def point_at(self, at: int) -> Point:
        """Return the last point that is not after `at`; a path begins with the closure."""
        return self.points[bisect_right(self.points, at, key=lambda point: point.at) - 1]

    def status_at(self, at: int) -> Status:
        """Return the status while the closure is in force."""
        point = self.point_at(at)
        if point.reopened:
            return Status.REOPENED
        if point.contradicted:
            return Status.CONTRADICTED
        p = point.p * self.decay_to(at)
        if _confirmed(point, p, at, self.parameters):
            return Status.CONFIRMED_CLOSED
        return Status.PROBABLY_CLOSED if p >= self.parameters.probable_p else Status.UNVERIFIED

    def confirmed(self, point: Point) -> bool:
        """Return whether the visits up to a point confirm the closure, at that point."""
        return not point.reopened and _confirmed(point, point.p, point.at, self.parameters)

    def decay_to(self, at: int) -> float:
        """Return the probability that a site clear at the last event is clear at `at`: <= 1."""
        return math.exp(-self.per_year * (at - self.point_at(at).at) / YEAR_US)

    def lapses_at(self, at: int) -> float | None:
        """Return until when the status at `at` holds if nobody comes; None for the others."""
        point, status = self.point_at(at), self.status_at(at)
        if status is Status.PROBABLY_CLOSED:
            return self._reaches(point, self.parameters.probable_p)
        if status is not Status.CONFIRMED_CLOSED or point.last_negative is None:
            return None
        stale = point.last_negative + self.parameters.fresh_days * DAY_US
        return min(stale, self._reaches(point, self.parameters.confirmed_p))

    def _reaches(self, point: Point, p: float) -> float:
        if self.per_year == 0:
            return math.inf
        return point.at + math.log(point.p / p) / self.per_year * YEAR_US


def _confirmed(point: Point, p: float, at: int, parameters: EvidenceParameters) -> bool:
    return (
        p >= parameters.confirmed_p
        and point.negatives >= parameters.min_negatives
        and point.parts.bit_count() >= parameters.min_day_parts
        and point.covered >= parameters.min_covered
        and point.last_negative is not None
        and at - point.last_negative <= parameters.fresh_days * DAY_US
    )


def parts_in(mask: int) -> list[int]:
    """Return the parts of the day in a bit mask, as places in the order of the day."""
    return [part for part in range(len(DAY_PARTS)) if mask >> part & 1]
