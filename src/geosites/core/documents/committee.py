"""Committee page documents."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict

from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.weeks import PartnerWeek


class CareFigureRow(TypedDict):
    """A capacity or a number of entries, as published for a date; `qualifier` is at least, …"""

    measure: str
    as_of: str
    value: int
    qualifier: str | None


class CareRow(TypedDict):
    """A care place that may be open in a week: `day_parts` null where hours are not published."""

    name: str
    kind: str
    open_from: dt.datetime | None
    open_until: dt.datetime | None
    located: bool
    day_parts: list[str] | None
    figures: list[CareFigureRow]
    source: str | None


class ReachRow(TypedDict):
    """Share of a territory's people within walking distance of an open care place.

    `parts` has one of none, few, part, most by part of the day, and `unpublished` for places
    without published hours; null if the territory's count is withheld. `open_places` counts the
    care places within walking distance of people, by the same keys.
    """

    code: str
    name: str
    parts: dict[str, str | None]
    unpublished: str | None
    open_places: dict[str, int | None]


class CareReach(TypedDict):
    """Care places of a week, and people within `minutes` on foot of an open one."""

    minutes: int
    by_streets: bool
    places: list[CareRow]
    territories: list[ReachRow]


class CommitteeDocument(TypedDict):
    """The page of one member; a section that is not theirs is null."""

    name: str
    week: PartnerWeek
    closures: list[ClosureDocument] | None
    operations: list[ListedEvent] | None
    care: CareReach | None
