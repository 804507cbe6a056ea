"""Import options of a source besides its column names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from geosites.core import city
from geosites.core.errors import Refused

ALL_TIMES = ""
"""The key of patterns for all time columns."""


def _never(_: Sequence[str]) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a file is opened: which sheet or layer, which encoding and delimiter.

    `ignored`: columns that are skipped. `placed` returns whether column names include a location,
    so that the geometries are not used.
    """

    sheet: str | None = None
    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ignored: Collection[str] = ()
    placed: Callable[[Sequence[str]], bool] = _never


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Options of a source: how to open it, its notation, which rows to import.

    `times`: patterns by column of ours, or under `ALL_TIMES`. `factors`: by column of ours, a
    factor for its numbers. `where`: which rows to import. `max_rejects`: how many bad rows may be
    left out. `confirmed`: the proposals are confirmed.
    """

    sheet: str | None = None
    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    zone: str | None = None
    times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decimal_comma: bool | None = None
    factors: Mapping[str, float] = field(default_factory=dict)
    where: str | None = None
    max_rejects: int | None = None
    confirmed: bool = False

    def or_else(self, other: SourceOptions) -> SourceOptions:
        """Return these options, with those of `other` for missing ones."""
        merged = {
            name: getattr(self, name) if getattr(self, name) is not None else getattr(other, name)
            for name in self.__dataclass_fields__
        }
        return SourceOptions(
            **{
                **merged,
                "times": {**other.times, **self.times},
                "factors": {**other.factors, **self.factors},
                "confirmed": self.confirmed or other.confirmed,
            }
        )

    @property
    def clocks(self) -> ZoneInfo:
        """The zone of times without an offset; raises `Refused` where there is none such."""
        return city.zone() if self.zone is None else zone_named(self.zone)


class Recognition(NamedTuple):
    """A recognised property of a file: text, corresponding option, and whether it is certain."""

    text: str
    option: str
    sure: bool


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database, or raise `Refused`."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise Refused(
            "%(name)r is not a time zone; write it like America/New_York", name=name
        ) from error
