"""The path of a belief: its points and steps, and the status and its end at each instant."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geosites.analysis.closure.belief_point import BeliefAt, Point
from geosites.analysis.closure.evidence import DAY_US, EvidenceKind, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.status_table import Status, is_confirmed, status_of
from geosites.analysis.closure.two_state_filter import YEAR_US, Belief
from geosites.core.weeks import DAY_PARTS


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
        return status_of(BeliefAt(at, point, point.p * self.decay_to(at), self.parameters))

    def confirmed(self, point: Point) -> bool:
        """Return whether the visits up to a point confirm the closure, at that point."""
        belief = BeliefAt(point.at, point, point.p, self.parameters)
        return not point.reopened and is_confirmed(belief)

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


def parts_in(mask: int) -> list[int]:
    """Return the parts of the day in a bit mask, as places in the order of the day."""
    return [part for part in range(len(DAY_PARTS)) if mask >> part & 1]
