"""The belief of one closure, event by event, and the rules that read a status from it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import numpy as np

from geosites.analysis.closure.detection_probability import Detection
from geosites.analysis.closure.evidence import DAY_US, EvidenceKind, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.two_state_filter import YEAR_US, Belief, Floats
from geosites.analysis.closure.visit_coverage import WHOLE
from geosites.core.alarm_messages import AlarmKind
from geosites.core.errors import Phrase, phrase
from geosites.core.weeks import DAY_PARTS


class Status(StrEnum):
    """What can be said of a site at an instant; the first that applies, in this order."""

    LIFTED = "lifted"
    NEVER_CLOSED = "never_closed"
    REOPENED = "reopened"
    CONTRADICTED = "contradicted"
    CONFIRMED_CLOSED = "confirmed_closed"
    PROBABLY_CLOSED = "probably_closed"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, kw_only=True)
class StatusSign:
    """How a status is drawn, so that it is told without colours.

    On screens and paper: an outline (`circle`, `diamond` or `square`), `filled` not at all, by half
    or whole, with a `bar` in it or `dotted`. In QGIS: the name of a marker, `solid` or not.
    """

    outline: str = "circle"
    filled: float = 0.0
    bar: bool = False
    dotted: bool = False
    qgis: str
    solid: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """What goes with a status: its word, its meaning, how it is drawn, and what follows from it.

    `closed`: a closure is in force. `standing`: nothing speaks against it. `urgency`: sites with a
    low one are visited first. `alarm`: what a site that gets this status is cause for.
    """

    status: Status
    word: Phrase
    meaning: Phrase
    closed: bool = True
    standing: bool = False
    urgency: int
    alarm: AlarmKind | None = None
    sign: StatusSign


STATUS_TABLE = (
    StatusRow(
        status=Status.CONFIRMED_CLOSED,
        word=phrase("closure confirmed"),
        meaning=phrase("The closure holds: recent visits found nobody."),
        standing=True,
        urgency=5,
        sign=StatusSign(bar=True, qgis="square", solid=True),
    ),
    StatusRow(
        status=Status.PROBABLY_CLOSED,
        word=phrase("probably closed"),
        meaning=phrase(
            "The closure probably holds, but visits are too few or too old to confirm it."
        ),
        standing=True,
        urgency=4,
        sign=StatusSign(qgis="square"),
    ),
    StatusRow(
        status=Status.UNVERIFIED,
        word=phrase("closure unverified"),
        meaning=phrase(
            "Nobody can say whether the closure holds: too few visits, or too long ago."
        ),
        standing=True,
        urgency=3,
        sign=StatusSign(dotted=True, qgis="diamond"),
    ),
    StatusRow(
        status=Status.CONTRADICTED,
        word=phrase("closure contradicted"),
        meaning=phrase("A report that is not yet verified says that people are back."),
        urgency=1,
        alarm=AlarmKind.CONTRADICTED,
        sign=StatusSign(filled=0.5, qgis="triangle"),
    ),
    StatusRow(
        status=Status.REOPENED,
        word=phrase("open again"),
        meaning=phrase("A verified visit found people there since the closure."),
        urgency=2,
        alarm=AlarmKind.REOPENED,
        sign=StatusSign(filled=1.0, qgis="triangle", solid=True),
    ),
    StatusRow(
        status=Status.LIFTED,
        word=phrase("closure lifted"),
        meaning=phrase("The last closure has ended."),
        closed=False,
        urgency=6,
        sign=StatusSign(outline="diamond", qgis="circle"),
    ),
    StatusRow(
        status=Status.NEVER_CLOSED,
        word=phrase("not closed"),
        meaning=phrase("No closure covers this site at that time."),
        closed=False,
        urgency=7,
        sign=StatusSign(outline="square", qgis="cross", solid=True),
    ),
)
"""Every status, the firmest closure first; labels, maps, paper, QGIS and alarms use it."""

STATUS_ROW = {row.status: row for row in STATUS_TABLE}


class Point(NamedTuple):
    """What is believed just after an event. `negatives` and `parts` (a bit mask) count the visits
    in force: those since the closure began, or since the last verified positive. `covered` is the
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
    """An event as evidence: what kind it proved to be and P(clear) just before and after."""

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
        """Return the chance that a site clear at the last event is clear at `at`: <= 1."""
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


NOTHING: Floats = np.empty(0)
"""The ground of a report where there is none."""


def follow(
    since: int,
    after: Sequence[VisitEvidence],
    detection: Detection,
    per_year: float,
    parameters: EvidenceParameters,
    ground: Floats = WHOLE,
) -> Path:
    """Return the path of the belief through the events since the closure began."""
    begin = partial(
        Belief, detection=detection, per_year=per_year, parameters=parameters, ground=ground
    )
    belief = begin(since, parameters.prior_clear)
    points, steps = [Point(since, parameters.prior_clear)], []
    seen, contested = np.zeros_like(ground), NOTHING
    for event in after:
        last = points[-1]
        before = last.p * math.exp(-per_year * (event.at - last.at) / YEAR_US)
        kind = event.kind
        if kind is EvidenceKind.NEGATIVE:
            fresh, new_ground = belief.miss(event)
            kind = EvidenceKind.NEGATIVE if new_ground else EvidenceKind.REPEAT
            seen = np.maximum(seen, event.sees)
            if contested is not NOTHING and _settled(contested, event.sees):
                contested = NOTHING
            missed = Point(
                at=event.at,
                p=belief.p_clear(),
                negatives=last.negatives + fresh,
                parts=last.parts | 1 << event.part,
                last_negative=event.at,
                covered=float(ground @ seen),
                reopened=last.reopened,
                contradicted=contested is not NOTHING and bool(contested.any()),
            )
            points.append(_perhaps_over(missed, parameters))
        elif kind is EvidenceKind.UNVERIFIED_POSITIVE:
            belief.report(event)
            contested = np.maximum(contested, event.sees) if len(contested) else event.sees
            points.append(_reported(last, event, belief.p_clear()))
        elif kind is EvidenceKind.VERIFIED_POSITIVE:
            belief = begin(event.at, parameters.prior_reopened, seen=event)
            seen, contested = np.zeros_like(ground), NOTHING
            points.append(Point(event.at, 0.0, reopened=True))
        after_p = before if points[-1] is last else points[-1].p
        steps.append(Step(event, kind, before, after_p))
    return Path(points=points, steps=steps, belief=belief, per_year=per_year, parameters=parameters)


def _settled(contested: Floats, sees: Floats) -> bool:
    """Return whether a visit saw at least half of the ground around a report."""
    return float(contested @ sees) >= float(contested.sum()) / 2


def _reported(last: Point, event: VisitEvidence, p: float) -> Point:
    unseen = last.reopened and last.last_negative is None
    return last._replace(at=event.at, p=0.0 if unseen else p, contradicted=True)


def _perhaps_over(point: Point, parameters: EvidenceParameters) -> Point:
    """Return a point at which a site is no longer reopened if enough visits have seen nobody.

    They need not be spread over the day: that is asked of a confirmation only.
    """
    if not point.reopened:
        return point
    enough = point.negatives >= parameters.min_negatives and point.p >= parameters.settled_p
    return point._replace(reopened=not enough)


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
