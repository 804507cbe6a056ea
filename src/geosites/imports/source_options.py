"""Import options of a source besides its column names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from geosites.core import city
from geosites.core.errors import Refused

ALL_TIMES = ""
"""The key of patterns that hold for every column of times."""


def _never(_: Sequence[str]) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a file is opened: which sheet or layer, which encoding and delimiter.

    `ignored`: columns that are passed over. `placed` says of the names of columns whether they say
    where a row lies, so that its geometries are not asked.
    """

    sheet: str | None = None
    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ignored: Collection[str] = ()
    placed: Callable[[Sequence[str]], bool] = _never


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What is said of one source: how to open it, how it writes, which rows to take.

    `times`: patterns by column of ours, or under `ALL_TIMES`. `factors`: by column of ours,
    what its numbers are multiplied by. `where`: which rows to take.
    `max_rejects`: how many bad rows may be left out. `confirmed`: what is proposed is right.
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
        """Return these options, and where they say nothing those of `other`."""
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
    """What was recognised of a file: in words, the option that says it, and whether it is sure."""

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
