"""Round plans: the stops of one shift, their purpose, and selection probabilities."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict

from geosites.core.documents.closures import StoppingFigures
from geosites.core.documents.places import WayLeg, Whereabouts


class StopReason(TypedDict):
    """A reason for a stop.

    `code`: `due`, `closure`, `study`, `total` or `sample`. `share` is the expected reduction of
    that uncertainty by the visit, as a share of the uncertainty without visits; `event`, `role`,
    `weeks` and `needed` belong to a study: weeks seen since the event, and needed.
    """

    code: str
    share: float | None
    event: str | None
    role: str | None
    weeks: int | None
    needed: int | None


class PlannedStopRow(TypedDict):
    """A stop: position, distance from the previous stop, time, and reasons.

    `lon` and `lat` are the centre of the 100 m cell to go to. `days_seen` are the days of the last
    28 with visits around it; `ridden`: reached by vehicle, since it is too far to walk. The rest
    belongs to a site. `way` and `along` are those of a round sheet, `whereabouts` the street and
    crossing, or the station, of the cell.
    """

    site: str | None
    name: str | None
    territory: str | None
    quartier: str | None
    lon: float
    lat: float
    leg_m: float
    way: str
    along: list[WayLeg]
    arrives_min: float
    ridden: bool
    days_seen: int | None
    whereabouts: Whereabouts | None
    status: str | None
    p_clear: float | None
    stopping: StoppingFigures | None
    due: dt.datetime | None
    why: list[StopReason]


class CrewRoundDocument(TypedDict):
    """The round of one crew, in the order to go."""

    crew: int
    length_m: float
    minutes: float
    stops: list[PlannedStopRow]


class MissedSite(TypedDict):
    """A site with a due visit that no round reaches."""

    site: str
    name: str
    due: dt.datetime | None


class StudyUnderWay(TypedDict):
    """A study whose weeks are not over: its event, places, and how many were seen too rarely.

    `last_day` is when its weeks end.
    """

    event: str
    kind: str
    site: str | None
    at: dt.datetime
    last_day: dt.datetime
    places: int
    thin: int


class ChanceClass(TypedDict):
    """Number of cells with a probability from `least` to below that of the previous class."""

    least: float
    cells: int


class SampleChance(TypedDict):
    """The probability of every cell to be the first stop of a round within `days` days.

    `least` and `median` are over `cells` cells of `cell_m` metres, if all crews together make
    `rounds` rounds. `classes` count the cells by probability; `without` have none, which is always
    0. `listed` cells are on the list drawn on `drawn_on`; `seen` of them were visited since.
    """

    cells: int
    cell_m: float
    days: int
    rounds: int
    least: float
    median: float
    classes: list[ChanceClass]
    without: int
    listed: int
    seen: int
    drawn_on: dt.date


class PeoplePresent(TypedDict):
    """People standing at the places of the ground, on the mean of the last `weeks`.

    `low` to `high` is the 90 % interval. Of `places`, `unseen` were not visited in these weeks and
    are predicted from before. `left_out` places were visited in too few weeks and are not included.
    """

    weeks: int
    heads: float
    low: float
    high: float
    places: int
    unseen: int
    left_out: int


class RoundPlanDocument(TypedDict):
    """The round plan of one shift of several crews.

    Studies and `standing` are only for readers who may see displacement; `standing` is also null if
    fewer than six places were visited.
    """

    as_of: dt.datetime
    exercise: bool
    day_part: str
    crews: int
    shift_min: float
    visit_min: float
    rounds: list[CrewRoundDocument]
    missed: list[MissedSite]
    studies: list[StudyUnderWay]
    studies_left_out: int | None
    standing: PeoplePresent | None
    chance: SampleChance
