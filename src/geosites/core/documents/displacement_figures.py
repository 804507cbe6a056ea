"""Figures and rows used in displacement documents."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import ReadOnly, TypedDict, TypeIs

from geosites.core.documents.numbers import Measured


class Window(TypedDict):
    """From when to before when visits count."""

    start: dt.datetime
    end: dt.datetime


class ChangeFigures(TypedDict):
    """People present before and after, as expected, and the change with its interval."""

    before: float
    after: float
    expected: Measured
    change: Measured
    se: Measured
    low: Measured
    high: Measured
    places: int


class NothingOfChange(TypedDict):
    """The keys of a change at the target itself, withheld from partners and out of scope."""

    before: None
    after: None
    expected: None
    change: None
    se: None
    low: None
    high: None
    places: None


def is_told(change: ChangeFigures | NothingOfChange) -> TypeIs[ChangeFigures]:
    """Return whether the change at the target is included, and not only its keys."""
    return change["change"] is not None


class ShownChange(TypedDict):
    """Fields of any change: a figure with its interval, null if withheld."""

    change: ReadOnly[float | None]
    low: ReadOnly[float | None]
    high: ReadOnly[float | None]


class EstimateFigures(TypedDict):
    """A number with its interval."""

    value: Measured
    low: Measured
    high: Measured


class HeadsEstimate(TypedDict):
    """Heads with their interval."""

    heads: Measured
    low: Measured
    high: Measured


class CourseRow(TypedDict):
    """Heads at the target in one week from the event, null if not visited, and the comparable."""

    week: int
    heads: float | None
    comparable: float | None


class AccountIntervals(TypedDict):
    """The interval of each part of an account."""

    fall: EstimateFigures
    found_nearby: EstimateFigures
    new_places: EstimateFigures
    not_found: EstimateFigures


class AccountParts(TypedDict):
    """Where the fall is found: fall = found_nearby + new_places + not_found."""

    fall: float
    found_nearby: float
    new_places: float
    not_found: float


class AccountFigures(AccountParts):
    """Where the fall is found, each part with its interval."""

    intervals: AccountIntervals


class NewPlaceRow(TypedDict):
    """A place with people since the event and none before; the centre of its cell.

    Older bulletins only have the code of its territory.
    """

    territory: str
    territory_name: NotRequired[str]
    heads: float
    low: Measured
    high: Measured
    stands: float
    weeks_seen: int
    near: bool
    before: EstimateFigures
    before_known: bool
    lon: float
    lat: float


class TerritoryChangeRow(ChangeFigures):
    """The change of one territory; `share` is of the fall at the target, null without a fall."""

    code: str
    name: str
    share: float | None
    near: bool
    holds_target: bool
    visits_before: int
    visits_after: int


class SplitPlaceRow(TypedDict):
    """A place whose visits fall into two territories; it counts in the first."""

    territories: list[str]
    before: float
    after: float
    lon: float
    lat: float


class CaveatFigures(TypedDict):
    """Why a figure may mislead: a code, the unit or territory concerned, and its figures."""

    code: str
    unit: str | None
    territory: str | None
    before: float | None
    after: float | None


class WarningRow(CaveatFigures):
    """Why a figure may mislead; `text` is English, `name` that of the territory concerned."""

    name: NotRequired[str]
    text: str


class RingRow(TypedDict):
    """The change between two distances from the target; null where nothing was observed."""

    inner_m: float
    outer_m: float
    change: ChangeFigures | None


FlowRow = TypedDict(
    "FlowRow",
    {
        "from": str,
        "to": str,
        "new": bool,
        "heads": float,
        "low": Measured,
        "high": Measured,
        "bound_low": Measured,
        "bound_high": Measured,
        "metres": NotRequired[float | None],
        "way": NotRequired[str | None],
    },
)
"""People allocated from one territory to another; nobody was followed.

`metres` is the mean walking distance between their positions; `way` is `streets`, or, with 1.3
times the straight line, `straight` without a street map and `unreachable` if no street leads there.
Absent for partners and in older documents.
"""


class CareDistanceFigures(TypedDict):
    """Mean walking distance from people to the nearest open care place; null if none was open.

    `way`: `streets`, or `straight` (1.3 times the straight line) if not every route follows
    streets; null if no care places are known.
    """

    before: float | None
    after: float | None
    way: str | None


class ElsewhereFigures(TypedDict):
    """Scattered visits, outside the places seen in both periods: a rate, never people present."""

    places: int
    visits_before: int
    visits_after: int
    heads_per_visit_before: float | None
    heads_per_visit_after: float | None


class SampleFigures(TypedDict):
    """The data behind a study."""

    visits: int
    places: int
    places_near: int
    controls: int
    elsewhere: ElsewhereFigures


class DisplacementParameters(TypedDict):
    """The choices behind a study."""

    weeks_before: int
    weeks_after: int
    place_radius_m: float
    merge_m: float
    weeks_seen: list[int]
    control_heads: float
    new_weeks: int
    new_heads: float
    new_share: float
    ring_edges_m: list[float]
    event_clearance_m: float
    level: float
    alpha: float
    draws: int
