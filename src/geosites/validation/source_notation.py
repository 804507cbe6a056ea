"""Notation of times and numbers in one source, where it differs from ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from geosites.core import city
from geosites.validation.date_times.time_patterns import TimePattern


@dataclass(frozen=True, kw_only=True)
class Notation:
    """`zone`: the clocks of times without an offset. `times`: by column, the patterns to try first.

    With `decimal_comma`, numbers may be written `2,37` and `1 200`. `factors`: by column, what its
    numbers are multiplied by.
    """

    zone: ZoneInfo = field(default_factory=city.zone)
    times: Mapping[str, tuple[TimePattern, ...]] = field(default_factory=dict)
    decimal_comma: bool = False
    factors: Mapping[str, float] = field(default_factory=dict)

    def patterns(self, column: str) -> tuple[TimePattern, ...]:
        """Return the patterns of one column; without any it is written in ISO 8601."""
        return self.times.get(column, ())


def plain() -> Notation:
    """Return ISO 8601 on the city's clocks, and numbers with a point."""
    return Notation()
