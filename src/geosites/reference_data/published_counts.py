"""Published counts of persons from `data/geo`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from geosites.reference_data.json_files import Entry, day_of, each, is_month


class Speaker(StrEnum):
    """Who published a count."""

    ASSOCIATION = "association"
    CITY = "city"
    OBSERVATORY = "observatory"
    PARLIAMENT = "parliament"
    POLICE = "police"
    PRESS = "press"
    RESIDENT = "resident"


class Measure(StrEnum):
    """What a published count counts."""

    ENTRIES_PER_DAY = "entries_per_day"
    EVACUATED = "evacuated"
    MOVED = "moved"
    PASSAGES_PER_DAY = "passages_per_day"
    PRESENT = "present"
    REGULARS = "regulars"
    ROAMING = "roaming"
    SERVED_PER_HOUR = "served_per_hour"


class HalfDay(StrEnum):
    """Half of a day on the city's clocks: day from 6:00 to 18:00, night from 18:00 to 6:00."""

    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The visits that a published count is compared with: sites, first and last day in the city.

    The sites' mean heads are added: "Stalingrad and around" holds the jardins d'Éole.
    """

    sites: tuple[str, ...]
    first: dt.date
    last: dt.date


@dataclass(frozen=True, kw_only=True)
class PublishedCount:
    """A published count of persons, as a closed interval.

    `precision` is "day", "month" or a description of how the date is known. `part` is the half of
    the day that it refers to, None if not given. `beside` is None if visits are not comparable: a
    time or place without visits, or persons who were not there at the same time. Texts by language.
    """

    day: dt.date
    precision: str
    site: str | None
    place: Mapping[str, str]
    low: int
    high: int
    measure: Measure
    part: HalfDay | None
    speakers: tuple[Speaker, ...]
    source: str
    said_by: Mapping[str, str] = field(default_factory=dict)
    remark: Mapping[str, str] = field(default_factory=dict)
    beside: Beside | None = None

    def holds(self, heads: float) -> bool:
        """Return whether a number of people is inside, rounded as displayed."""
        return self.low <= round(heads) <= self.high

    def told_for(self, half: HalfDay) -> bool:
        """Return whether the count covers this half of the day; it does if none was given."""
        return self.part in (None, half)


def read_published_counts(folder: Path) -> list[PublishedCount]:
    """Return the counts of `published_counts.json`, in order of their dates."""
    return sorted(each(folder / "published_counts.json", _count), key=lambda count: count.day)


def _count(entry: Entry) -> PublishedCount:
    month = is_month(entry["date"])
    low, high = entry["low"], entry["high"]
    if not 0 <= low <= high:
        raise ValueError(f"{low} to {high} is not an interval of a count")
    return PublishedCount(
        day=day_of(entry["date"]),
        precision=entry.get("date_precision", "month" if month else "day"),
        site=entry.get("site"),
        place=entry["place"],
        low=low,
        high=high,
        measure=Measure(entry["measure"]),
        part=HalfDay(entry["part"]) if "part" in entry else None,
        speakers=tuple(Speaker(item) for item in entry["speakers"]),
        source=entry["source"],
        said_by=entry.get("said_by", {}),
        remark=entry.get("remark", {}),
        beside=_beside(entry["beside"]) if "beside" in entry else None,
    )


def _beside(entry: Entry) -> Beside:
    return Beside(
        sites=tuple(entry["sites"]), first=day_of(entry["from"]), last=day_of(entry["until"])
    )
