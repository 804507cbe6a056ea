"""The statuses of a closure, and the rules that read one from the path of a belief."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from geosites.analysis.closure.evidence import DAY_US, EvidenceKind, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.two_state_filter import YEAR_US, Belief
from geosites.core.alarm_messages import AlarmKind
from geosites.core.errors import Phrase, phrase
from geosites.core.weeks import DAY_PARTS


class Status(StrEnum):
    """Statuses of a site at an instant; the first that applies, in this order."""

    LIFTED = "lifted"
    NEVER_CLOSED = "never_closed"
    REOPENED = "reopened"
    CONTRADICTED = "contradicted"
    CONFIRMED_CLOSED = "confirmed_closed"
    PROBABLY_CLOSED = "probably_closed"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, kw_only=True)
class StatusSign:
    """How a status is drawn, so that it can be recognised without colours.

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
    """Attributes of a status: its word, its meaning, how it is drawn, and its consequences.

    `closed`: a closure is in force. `standing`: no evidence against it. `urgency`: sites with a low
    one are visited first. `alarm`: the alarm raised when a site gets this status.
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
