"""The statuses of a closure: one row each, with its rule, words, sign, urgency and alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from geosites.analysis.closure.belief_point import BeliefAt
from geosites.analysis.closure.evidence import DAY_US
from geosites.core.alarm_messages import AlarmKind
from geosites.core.errors import Phrase, phrase


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
    or whole, with a `bar` in it or `dotted`. In QGIS: the name of a marker, `solid` or not. On
    screens it has a `colour` of the palette too, in the chart over time `faint` or not.
    """

    outline: str = "circle"
    filled: float = 0.0
    bar: bool = False
    dotted: bool = False
    qgis: str
    solid: bool = False
    colour: str = "quiet"
    faint: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """Attributes of a status: its rule, its word and meaning, how it is drawn, its consequences.

    `rule`: whether a belief amounts to it while a closure is in force; None if it never does.
    `closed`: a closure is in force. `standing`: no evidence against it. `urgency`: sites with a low
    one are visited first. `alarm`: the alarm raised when a site gets this status.
    """

    status: Status
    rule: Callable[[BeliefAt], bool] | None = None
    word: Phrase
    meaning: Phrase
    closed: bool = True
    standing: bool = False
    urgency: int
    alarm: AlarmKind | None = None
    sign: StatusSign


def is_confirmed(belief: BeliefAt) -> bool:
    """Return whether enough recent visits, spread over day and ground, found nobody."""
    point, asked = belief.point, belief.parameters
    return (
        belief.p >= asked.confirmed_p
        and point.negatives >= asked.min_negatives
        and point.parts.bit_count() >= asked.min_day_parts
        and point.covered >= asked.min_covered
        and point.last_negative is not None
        and belief.at - point.last_negative <= asked.fresh_days * DAY_US
    )


STATUS_TABLE = (
    StatusRow(
        status=Status.CONFIRMED_CLOSED,
        rule=is_confirmed,
        word=phrase("closure confirmed"),
        meaning=phrase("The closure holds: recent visits found nobody."),
        standing=True,
        urgency=5,
        sign=StatusSign(bar=True, qgis="square", solid=True, colour="closed"),
    ),
    StatusRow(
        status=Status.PROBABLY_CLOSED,
        rule=lambda belief: belief.p >= belief.parameters.probable_p,
        word=phrase("probably closed"),
        meaning=phrase(
            "The closure probably holds, but visits are too few or too old to confirm it."
        ),
        standing=True,
        urgency=4,
        sign=StatusSign(qgis="square", colour="closed", faint=True),
    ),
    StatusRow(
        status=Status.UNVERIFIED,
        rule=lambda _: True,
        word=phrase("closure unverified"),
        meaning=phrase(
            "Nobody can say whether the closure holds: too few visits, or too long ago."
        ),
        standing=True,
        urgency=3,
        sign=StatusSign(dotted=True, qgis="diamond", faint=True),
    ),
    StatusRow(
        status=Status.CONTRADICTED,
        rule=lambda belief: belief.point.contradicted,
        word=phrase("closure contradicted"),
        meaning=phrase("A report that is not yet verified says that people are back."),
        urgency=1,
        alarm=AlarmKind.CONTRADICTED,
        sign=StatusSign(filled=0.5, qgis="triangle", colour="doubt"),
    ),
    StatusRow(
        status=Status.REOPENED,
        rule=lambda belief: belief.point.reopened,
        word=phrase("open again"),
        meaning=phrase("A verified visit found people there since the closure."),
        urgency=2,
        alarm=AlarmKind.REOPENED,
        sign=StatusSign(filled=1.0, qgis="triangle", solid=True, colour="alarm"),
    ),
    StatusRow(
        status=Status.LIFTED,
        word=phrase("closure lifted"),
        meaning=phrase("The last closure has ended."),
        closed=False,
        urgency=6,
        sign=StatusSign(outline="diamond", qgis="circle", faint=True),
    ),
    StatusRow(
        status=Status.NEVER_CLOSED,
        word=phrase("not closed"),
        meaning=phrase("No closure covers this site at that time."),
        closed=False,
        urgency=7,
        sign=StatusSign(outline="square", qgis="cross", solid=True, faint=True),
    ),
)
"""Every status, the firmest closure first; labels, maps, paper, QGIS and alarms use it."""


STATUS_ROW = {row.status: row for row in STATUS_TABLE}

_RULES = tuple((status, rule) for status in Status if (rule := STATUS_ROW[status].rule))


def status_of(belief: BeliefAt) -> Status:
    """Return the status while a closure is in force: the first whose rule holds, as in `Status`."""
    return next(status for status, rule in _RULES if rule(belief))
