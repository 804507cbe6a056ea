"""Instants as reports write them: ISO 8601, with an offset or on Paris clocks.

The clocks of Paris show one hour of October twice and one hour of March never; a time in either
says less than it seems to and is refused, with both readings. A bare date is 00:00 in Paris.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import phrase
from geosites.core.records import TimePrecision
from geosites.core.weeks import PARIS
from geosites.validation.columns import Block, Faults, Mask, mask

_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"(?P<clock>[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
_ZONE = r"(?P<zone> ?(?:[Zz]|[+-]\d{2}(?::?\d{2})?))"
_FORM = f"^{_DAY}(?:{_CLOCK}{_ZONE}?)?$"
_DAY_LENGTH = len("2023-07-13")
_NOT_ISO = phrase("is not a time in ISO 8601, such as 2023-07-13T14:30+02:00 or 2023-07-13")
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
"""No closure or operation is older; a year before this one is a slip of the pen."""

LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
"""No closure is ordered further ahead; the database cannot give back every year it takes."""

Instants = npt.NDArray[np.datetime64]


def instants(
    block: Block,
    faults: Faults,
    name: str,
    *,
    until: dt.datetime | None,
    since: dt.datetime = EARLIEST,
) -> Instants:
    """Return a column of instants in UTC (datetime64[us], NaT where none or bad).

    An instant later than `until` is refused as lying in the future, one before `since` as a slip.
    """
    result: Instants = np.full(len(block), np.datetime64("NaT"), dtype="datetime64[us]")
    if name not in block:
        return result
    text = block.column(name)
    dates, local, zoned = _forms(text)
    faults.mark(name, mask(pc.is_valid(text)) & ~(dates | local | zoned), _NOT_ISO)
    if (dates | local).any():
        result[dates | local] = _from_paris(_parsed(text, dates | local, utc=False))
    if zoned.any():
        result[zoned] = _from_offsets(text, zoned)
    _refuse_unreadable(block, faults, name, local, zoned | dates, result)
    _refuse_out_of_range(faults, name, result, until, since)
    return result


def precision(block: Block, name: str) -> pa.Array:
    """Return how exactly a column of instants is known, row by row; of bad rows it says nothing."""
    days = pc.equal(pc.utf8_length(block.column(name)), _DAY_LENGTH)
    return pc.if_else(days, TimePrecision.DAY.value, TimePrecision.INSTANT.value)


def refuse_backwards(
    faults: Faults, name: str, start: Instants, end: Instants, start_name: str
) -> None:
    """Mark the rows that end at or before their start."""
    known = ~np.isnat(start) & ~np.isnat(end)
    faults.mark(
        name, known & (end <= start), phrase("is not after %(start_name)s", start_name=start_name)
    )


def utc(values: Instants) -> pa.Array:
    """Return instants as a pyarrow array with time zone UTC."""
    return pa.array(values, pa.timestamp("us", "UTC"), mask=np.isnat(values))


def _forms(text: pa.Array) -> tuple[Mask, Mask, Mask]:
    """Return which rows are a bare date, which a time without an offset, which one with it."""
    result = pc.extract_regex(text, _FORM)
    clock, zone = (
        mask(pc.not_equal(pc.struct_field(result, name), "")) for name in ("clock", "zone")
    )
    right = mask(pc.is_valid(result))
    return right & ~clock, clock & ~zone, zone


def _from_offsets(text: pa.Array, chosen: Mask) -> Instants:
    """Return instants written with their offset, NaT where one is none.

    pyarrow reads them where all are plain; a space, a small z or a day that is none, pandas.
    """
    try:
        plain = pc.cast(text.filter(pa.array(chosen)), pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return _parsed(text, chosen, utc=True).tz_convert(None).to_numpy()
    result: Instants = plain.to_numpy(zero_copy_only=False)
    return result


def _parsed(text: pa.Array, chosen: Mask, *, utc: bool) -> pd.DatetimeIndex:
    cells = np.array(text.filter(pa.array(chosen)).to_pylist(), dtype=object)
    parsed = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=utc)
    return pd.DatetimeIndex(parsed).as_unit("us")


def _from_paris(clocks: pd.DatetimeIndex) -> Instants:
    zoned = clocks.tz_localize(PARIS, ambiguous="NaT", nonexistent="NaT")
    return zoned.tz_convert("UTC").tz_convert(None).to_numpy()


def _refuse_unreadable(
    block: Block, faults: Faults, name: str, local: Mask, others: Mask, result: Instants
) -> None:
    unread = np.isnat(result)
    faults.mark(name, unread & local, lambda row: _explain_local(block.text(name, row)))
    faults.mark(name, unread & others, phrase("is no day or time of the calendar"))


def _refuse_out_of_range(
    faults: Faults, name: str, result: Instants, until: dt.datetime | None, since: dt.datetime
) -> None:
    if until is not None:
        faults.mark(
            name,
            result > _stamp(until),
            phrase("lies in the future (now is %(minute)s)", minute=_minute(until)),
        )
    late = result >= _stamp(LATEST)
    faults.mark(name, late, phrase("lies after %(year)s; is the year right?", year=LATEST.year))
    first = since.astimezone(PARIS)
    early = result < _stamp(since)
    faults.mark(name, early, phrase("lies before %(year)s; is the year right?", year=first.year))


def _stamp(instant: dt.datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(dt.UTC).replace(tzinfo=None), "us")


def _minute(instant: dt.datetime) -> str:
    return instant.astimezone(PARIS).isoformat(timespec="minutes")


def _explain_local(text: str) -> str:
    """Return why a local time has no single reading, naming both.

    02:30 on 30 October 2022 was 00:30 UTC and again 01:30 UTC.
    """
    try:
        clock = dt.datetime.fromisoformat(text).replace(tzinfo=PARIS)
    except ValueError:
        return phrase("is no day or time of the calendar")
    readings = sorted(clock.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    first, second = (_minute(reading) for reading in readings)
    if readings[0].astimezone(PARIS).replace(tzinfo=None) == clock.replace(tzinfo=None):
        return phrase(
            "happened twice on Paris clocks: write %(first)s or %(second)s",
            first=first,
            second=second,
        )
    return phrase(
        "never happened on Paris clocks, which were put forward: write %(first)s or %(second)s",
        first=first,
        second=second,
    )
