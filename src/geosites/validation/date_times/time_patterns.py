"""Time formats of other systems: day first, month first, 12-hour, Unix seconds.

A pattern is written as for `strptime` (`%d/%m/%Y %H:%M`), in letters (`dd.mm.yyyy HH:mm`), or is
one of `epoch-s`, `epoch-ms`, `epoch-us` and `excel` (days since 30 December 1899).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import Refused
from geosites.validation.date_times.months import month_number
from geosites.validation.date_times.time_directives import from_letters, pieces_of, regex_of
from geosites.validation.table_columns.text_columns import Mask, mask

Clocks = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.int64]

_SPACES = "[\u00a0\u202f\u2009]"
_NUMBER = r"^[+-]?\d{1,18}(?:\.\d*)?$"
_UNITS_US = {"epoch-s": 1e6, "epoch-ms": 1e3, "epoch-us": 1.0, "excel": 86_400e6}
_EXCEL_ZERO = np.datetime64("1899-12-30T00:00:00", "us")
_FARTHEST_US = 4.2e15
"""Maximum distance from 1970: the year 2103."""


class ReadTimes(NamedTuple):
    """Which texts have the form, their clocks (NaT where there is no such time), and offsets."""

    fits: Mask
    clocks: Clocks
    zoned: bool


@dataclass(frozen=True)
class TimePattern:
    """A time format; `zoned`: with an offset. A pattern without a time of day is a date."""

    text: str
    parts: tuple[str, ...]
    regex: str

    @property
    def zoned(self) -> bool:
        """Whether the time is an instant without regard to any clock."""
        return "z" in self.parts or self.text.startswith("epoch")

    @property
    def has_clock(self) -> bool:
        """Whether it has a time of day."""
        return not self.parts or bool({"H", "I", "HM"} & {*self.parts})

    def fits(self, text: pa.Array) -> Mask:
        """Return which texts have this form; null has none."""
        return mask(pc.match_substring_regex(plain(text), self.regex))

    def read(self, text: pa.Array) -> ReadTimes:
        """Return the clocks that texts show, in UTC where the pattern is `zoned`."""
        text = plain(text)
        fits = mask(pc.match_substring_regex(text, self.regex))
        clocks: Clocks = np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]")
        chosen = text.filter(pa.array(fits))
        if len(chosen):
            clocks[fits] = self._counted(chosen) if not self.parts else self._composed(chosen)
        return ReadTimes(fits, clocks, self.zoned)

    def _counted(self, text: pa.Array) -> Clocks:
        number = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False)
        us = np.round(number * _UNITS_US[self.text])
        if self.text == "excel":
            us = np.round(us, -3)
        right = np.abs(us) <= _FARTHEST_US
        moved = np.where(right, us, 0).astype(np.int64).astype("timedelta64[us]")
        zero = _EXCEL_ZERO if self.text == "excel" else np.datetime64(0, "us")
        return np.where(right, zero + moved, np.datetime64("NaT"))

    def _composed(self, text: pa.Array) -> Clocks:
        result = pc.extract_regex(text, self.regex)
        part = {name: pc.struct_field(result, f"p{place}") for place, name in self._groups()}
        year, month, day = self._day_parts(part)
        hour, minute = self._hours(part)
        second = _whole(part.get("S"), len(text), 0)
        right = (month >= 1) & (month <= 12) & (day >= 1) & (day <= _days(year, month))
        fraction = _fraction_us(part.get("f"), len(text))
        ends = (hour == 24) & (minute + second + fraction == 0)  # the end of the day (ISO 8601)
        right &= (hour >= 0) & (hour < 24) & (minute < 60) & (second < 60) | ends
        first = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
        days = first.astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
        seconds = (hour * 60 + minute) * 60 + second - _offset_s(part.get("z"), len(text))
        us = seconds * 1_000_000 + fraction
        clocks = days.astype("datetime64[us]") + us.astype("timedelta64[us]")
        return np.where(right, clocks, np.datetime64("NaT"))

    def _groups(self) -> list[tuple[int, str]]:
        caught = [name for name in self.parts if name not in ("a", "A")]
        return list(enumerate(caught))

    def _day_parts(self, part: dict[str, pa.Array]) -> tuple[Numbers, Numbers, Numbers]:
        size = len(next(iter(part.values())))
        if "y" in part:
            short = _whole(part["y"], size, 0)
            year = short + np.where(short < 69, 2000, 1900)
        else:
            year = _whole(part.get("Y"), size, 0)
        named = part.get("b", part.get("B"))
        month = _whole(part.get("m"), size, 1)
        if named is not None:
            month = np.array([month_number(name) for name in named.to_pylist()], dtype=np.int64)
        return year, month, _whole(part.get("d"), size, 1)

    def _hours(self, part: dict[str, pa.Array]) -> tuple[Numbers, Numbers]:
        size = len(next(iter(part.values())))
        if "HM" in part:
            both = _whole(part["HM"], size, 0)
            return both // 100, both % 100
        hour, minute = _whole(part.get("H"), size, 0), _whole(part.get("M"), size, 0)
        if "I" in part:
            twelve = _whole(part["I"], size, 0)
            after_noon = np.array(
                [text[:1] in "Pp" for text in part["p"].to_pylist()] if "p" in part else False
            )
            right = (twelve >= 1) & (twelve <= 12)
            hour = np.where(right, twelve % 12 + 12 * after_noon, -1)
        return hour, minute


def plain(text: pa.Array) -> pa.Array:
    """Return texts with no-break spaces replaced by spaces."""
    return pc.replace_substring_regex(text, _SPACES, " ")


@cache
def pattern(text: str) -> TimePattern:
    """Parse a pattern, or raise `Refused`."""
    name = text.strip()
    count = name.lower().replace("_", "-").replace(" ", "-")
    count = {"epoch": "epoch-s", "unix": "epoch-s", "unix-ms": "epoch-ms"}.get(count, count)
    if count in _UNITS_US:
        return TimePattern(count, (), _NUMBER)
    form = name if "%" in name else from_letters(name)
    pieces = pieces_of(form, text)
    parts = tuple(piece[1:] for piece in pieces if piece.startswith("%"))
    if not {"Y", "y"} & {*parts} or not {"m", "b", "B"} & {*parts}:
        raise Refused("time pattern %(text)r names no year and month", text=text)
    if len(set(parts)) < len(parts):
        raise Refused("time pattern %(text)r names a part twice", text=text)
    return TimePattern(form, parts, regex_of(pieces))


def fitting(patterns: Sequence[TimePattern], text: pa.Array) -> Mask:
    """Return which texts have one of the forms."""
    result: Mask = np.zeros(len(text), dtype=bool)
    for item in patterns:
        result |= item.fits(text)
    return result


def _whole(column: pa.Array | None, size: int, otherwise: int) -> Numbers:
    if column is None:
        return np.full(size, otherwise, dtype=np.int64)
    result: Numbers = pc.cast(column, pa.int64()).to_numpy(zero_copy_only=False)
    return result


def _days(year: Numbers, month: Numbers) -> Numbers:
    first = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    lengths = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    result: Numbers = lengths.astype(np.int64)
    return result


def _fraction_us(column: pa.Array | None, size: int) -> Numbers:
    if column is None:
        return np.zeros(size, dtype=np.int64)
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(column, 6, "0"), 0, 6)
    return _whole(digits, size, 0)


def _offset_s(column: pa.Array | None, size: int) -> Numbers:
    if column is None:
        return np.zeros(size, dtype=np.int64)
    seconds = {text: _seconds(text) for text in column.unique().to_pylist()}
    return np.array([seconds[text] for text in column.to_pylist()], dtype=np.int64)


def _seconds(offset: str) -> int:
    digits = re.sub(r"\D", "", offset)
    if not digits:
        return 0
    size = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -size if offset.startswith("-") else size
