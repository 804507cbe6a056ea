"""Published counts beside the counts of visits."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict


class BesideDays(TypedDict):
    """The first and the last day of the visits that a count is compared with."""

    first: dt.date
    last: dt.date


class HalfDayRow(TypedDict):
    """Visits in one half of the day; `inside` only if the count covers it."""

    visits: int
    heads: float
    inside: bool | None


class SeenHalves(TypedDict):
    """Visits by half of the day; null without visits, absent if withheld."""

    day: NotRequired[HalfDayRow | None]
    night: NotRequired[HalfDayRow | None]


class ReleasedHeads(TypedDict):
    """A territory of a released week; heads are null where they are withheld."""

    name: str
    heads: int | None


class CountDocument(TypedDict):
    """A count of persons that somebody published; texts by language.

    `week` and `territories` are for partners only, instead of the visits.
    """

    day: dt.date
    precision: str
    site: str | None
    place: dict[str, str]
    low: int
    high: int
    measure: str
    part: str | None
    speakers: list[str]
    said_by: dict[str, str]
    source: str
    remark: dict[str, str]
    beside: BesideDays | None
    seen: SeenHalves
    week: NotRequired[str | None]
    territories: NotRequired[list[ReleasedHeads]]
