"""Round sheets: which sites to visit, in which part of the day and order."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict

from geosites.core.documents.closures import StoppingFigures
from geosites.core.documents.places import WayLeg, Whereabouts


class StopRow(TypedDict):
    """A stop of a round; `leg_m` is the walking distance from the previous stop.

    `way`: `streets`, with their names in `along`; `straight`, 1.3 times the straight line without a
    street map; `unreachable`, the same if no street leads there.
    """

    site: str
    name: str
    territory: str | None
    quartier: str | None
    whereabouts: Whereabouts | None
    status: str
    p_clear: float | None
    stopping: StoppingFigures | None
    visits_needed: int | None
    due: dt.datetime
    last_visit_at: dt.datetime | None
    leg_m: float
    way: str
    along: list[WayLeg]


class RoundDocument(TypedDict):
    """The stops of one part of the day, in the order to go."""

    day_part: str
    length_m: float
    stops: list[StopRow]


class RoundsDocument(TypedDict):
    """The rounds for the visits due by an instant."""

    as_of: dt.datetime
    due_by: dt.datetime
    exercise: bool
    rounds: list[RoundDocument]
