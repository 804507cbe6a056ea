"""Documents of an ISO week: people present and hotspots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NotRequired, final

from typing_extensions import ReadOnly, TypedDict

from geosites.core.documents.crew_detection import SeenShare
from geosites.core.documents.places import Whereabouts


class WeekParameters(TypedDict):
    """The choices behind a week's answer."""

    bandwidth_m: float
    cell_m: float
    significance: str
    alpha: float
    place_radius_m: float
    place_merge_m: float
    reach_m: float
    permutations: int
    floor_week: float
    floor_visits: float


class CellPlace(TypedDict):
    """Where something was, no finer than its cell."""

    quartier: str | None
    lon: float
    lat: float


class HeaviestVisit(CellPlace):
    """The visit that adds most to a week's heads: when, and no finer than its cell, where."""

    heads: int
    adds: float
    share: float
    visits: int
    day: str | None
    day_part: str | None
    territory: str | None
    nearest_site: str | None
    nearest_site_m: float | None


class HotspotRow(CellPlace):
    """A hotspot: an area with more people than chance explains."""

    rank: int
    area_ha: float
    heads: float
    share: float
    visits: int
    q_value: float
    trend: str | None
    since_week: str
    weeks_old: int
    weeks_found: int
    territory: str | None
    nearest_site: str | None
    nearest_site_m: float | None
    discoveries_only: bool
    exceedance_p: float
    whereabouts: NotRequired[Whereabouts | None]


class TerritoryRow(TypedDict):
    """People present, places and visits of a territory in a week."""

    code: str
    name: str
    visits: int
    places: int
    heads: float
    heads_counted: int


class TerritoryName(TypedDict):
    """A territory by its code and name."""

    code: str
    name: str


class BorderRow(CellPlace):
    """A place on a border: it counts in the first of its territories."""

    territories: list[TerritoryName]
    heads: float
    visits: int


class OccupiedPlace(CellPlace):
    """A place with people, named by its cell; `least` and `most` are the extreme counts.

    `hotspot` is the rank of the hotspot that contains it.
    """

    heads: float
    visits: int
    least: int
    most: int
    territory: TerritoryName | None
    hotspot: int | None
    whereabouts: Whereabouts | None


class WithheldCounts(TypedDict):
    """The threshold of small counts, the number withheld, and whether the total is withheld."""

    threshold: float
    territories: int
    total: bool


class NamedPlace(TypedDict):
    """Location names of a hotspot or a gap."""

    territory: ReadOnly[str | None]
    quartier: ReadOnly[str | None]
    nearest_site: ReadOnly[str | None]


class TerritoryVisited(TypedDict):
    """How often a territory was visited."""

    name: ReadOnly[str]
    visits: ReadOnly[int]


class WeekVisited(TypedDict):
    """How many visits the figures of a week rest on, and where they went."""

    parameters: ReadOnly[WeekParameters]
    visits: ReadOnly[int]
    places: ReadOnly[int]
    territories: ReadOnly[Sequence[TerritoryVisited]]


class WeekRanked(TypedDict):
    """Number of visits of a week, and its hotspots."""

    parameters: ReadOnly[WeekParameters]
    visits: ReadOnly[int]
    hotspots: ReadOnly[Sequence[object]]


class Located(TypedDict):
    """How many sightings are left out because of their position; null where it is withheld."""

    imprecise: ReadOnly[int | None]


class WeekCounted(TypedDict):
    """The heads of a week, null where they are withheld, and where they were counted."""

    parameters: ReadOnly[WeekParameters]
    places: ReadOnly[int]
    heads: ReadOnly[float | None]


@final
class WeekDocument(TypedDict):
    """People present in an ISO week.

    `heads` is the sum of place means, `heads_counted` the plain sum. `imprecise` sightings are left
    out of everything because of their accuracy. For an account with a scope, `scope` names its
    territories, totals are theirs, and values that are not available for a part are null.
    `seen_share` is present if enough scenes were counted by two crews in half a year.
    """

    week: str
    start: dt.datetime
    end: dt.datetime
    exercise: bool
    as_known_at: dt.datetime | None
    parameters: WeekParameters
    reason: str | None
    visits: int
    reports: int
    imprecise: int | None
    places: int
    heads: float
    heads_robust: float | None
    heaviest_visit: HeaviestVisit | None
    heads_counted: int
    observed_share: float | None
    hotspots: list[HotspotRow]
    territories: list[TerritoryRow]
    borders: list[BorderRow]
    occupied: NotRequired[list[OccupiedPlace]]
    seen_share: NotRequired[SeenShare]
    scope: NotRequired[list[str]]


class PartnerHotspot(TypedDict):
    """A hotspot with its territory only; its place and its counts are null."""

    rank: int
    area_ha: None
    heads: None
    share: None
    visits: None
    q_value: float
    trend: str | None
    since_week: str
    weeks_old: int
    weeks_found: int
    territory: str | None
    quartier: None
    nearest_site: None
    nearest_site_m: None
    discoveries_only: bool
    exceedance_p: None
    lon: None
    lat: None


class PartnerTerritory(TypedDict):
    """A territory of a released week; a count that is withheld is null."""

    code: str
    name: str
    visits: int
    places: int
    heads: int | None
    heads_counted: int | None


class PartnerTable(TypedDict):
    """The territories of a released week with their totals, and what of them is withheld."""

    heads: int | None
    heads_counted: int | None
    territories: list[PartnerTerritory]
    withheld: WithheldCounts


@final
class PartnerWeek(TypedDict):
    """A released week by territory: no place, and no count that is small."""

    week: str
    start: dt.datetime
    end: dt.datetime
    exercise: bool
    as_known_at: dt.datetime | None
    parameters: WeekParameters
    reason: str | None
    visits: int
    reports: int
    imprecise: None
    places: int
    heads: int | None
    heads_robust: None
    heaviest_visit: None
    heads_counted: int | None
    observed_share: float | None
    hotspots: list[PartnerHotspot]
    territories: list[PartnerTerritory]
    borders: list[BorderRow]
    withheld: WithheldCounts
    scope: NotRequired[list[str]]


AnyWeek = WeekDocument | PartnerWeek
"""A week as its reader may see it; `withheld` distinguishes the two types."""
