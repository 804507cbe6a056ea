"""Round plans: the stops of one shift, their purpose, and selection probabilities."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict

from geosites.core.documents.closures import StoppingFigures
from geosites.core.documents.places import WayLeg, Whereabouts


class StopReason(TypedDict):
    """Why a stop is made.

    `code`: `due`, `closure`, `study`, `total` or `sample`. `share` is by how much the visit is
    expected to shrink the doubt of its kind, as a share of what would be in doubt without visits;
    `event`, `role`, `weeks` and `needed` belong to a study: weeks seen since the event, and needed.
    """

    code: str
    share: float | None
    event: str | None
    role: str | None
    weeks: int | None
    needed: int | None


class PlannedStopRow(TypedDict):
    """One stop: where, how far from the stop before, when, and why.

    `lon` and `lat` are the middle of the 100 m cell to go to. `days_seen` are the days of the last
    28 on which somebody went to the ground around; `ridden`: the way is too long to be walked. The
    rest belongs to a site. `way` and `along` are those of a round sheet, `whereabouts` the street
    and crossing, or the station, of the cell.
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
    """A site whose visit is due and that no round reaches."""

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
    """How many cells have a chance of at least `least`, and below that of the class before."""

    least: float
    cells: int


class SampleChance(TypedDict):
    """The chance of every cell to be the first stop of a round within `days` days.

    `least` and `median` are over `cells` cells of `cell_m` metres, if all crews together make
    `rounds` rounds. `classes` count the cells by their chance; `without` have none, which is never.
    `listed` cells are on the list drawn on `drawn_on`; `seen` of them were
    visited since.
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
    are known from before. `left_out` grounds were visited in too few weeks and are not part of it.
    """

    weeks: int
    heads: float
    low: float
    high: float
    places: int
    unseen: int
    left_out: int


class RoundPlanDocument(TypedDict):
    """Where to look next in one shift of several crews.

    Studies and `standing` are told to those alone who may read displacement; `standing` is null
    too where fewer than six places were visited.
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
