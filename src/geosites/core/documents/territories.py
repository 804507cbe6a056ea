"""Documents of a territory by week."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import ReadOnly, TypedDict

from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.events import ListedEvent


class Visited(TypedDict):
    """Anything that visits were made for."""

    visits: ReadOnly[int]


class ShownRow(TypedDict):
    """Fields for people and their share; null if unknown or withheld."""

    heads: ReadOnly[float | None]
    share: ReadOnly[float | None]


class WeeksSummary(TypedDict):
    """What consecutive weeks amount to: means over those in which somebody looked.

    Heads and share are null where nobody did, and for partners.
    """

    weeks: int
    weeks_observed: int
    visits: int
    heads: float | None
    share: float | None


class TerritorySummary(WeeksSummary):
    """A territory, and what its weeks amount to."""

    code: str
    name: str
    level: str


class TerritoriesDocument(TypedDict):
    """Every territory in the same weeks."""

    first_week: str
    last_week: str
    as_known_at: dt.datetime | None
    exercise: bool
    territories: list[TerritorySummary]


class TerritoryWeekRow(TypedDict):
    """A territory in one week; heads and share are null without visits.

    `low` and `high` are the 90 % interval of the heads if a backfill computed it. Partners get
    instead whether the counts are withheld.
    """

    week: str
    visits: int
    places: int
    heads: float | None
    heads_counted: int | None
    share: float | None
    low: NotRequired[float | None]
    high: NotRequired[float | None]
    withheld: NotRequired[bool]


class WithheldBelow(TypedDict):
    """The threshold below which counts are withheld."""

    threshold: float


class TerritoryDocument(TypedDict):
    """One territory: its weeks, the closures of its sites, the events in it, the latest first.

    `withheld` is for partners only.
    """

    code: str
    name: str
    level: str
    exercise: bool
    as_of: dt.datetime
    as_known_at: dt.datetime | None
    summary: WeeksSummary
    weeks: list[TerritoryWeekRow]
    sites: list[ClosureDocument]
    events: list[ListedEvent]
    withheld: NotRequired[WithheldBelow]
