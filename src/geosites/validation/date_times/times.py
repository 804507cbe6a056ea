"""Instants in reports: ISO 8601, with an offset or in local time of a zone.

Where clocks change, one hour in autumn is ambiguous and one hour in spring does not exist in the
city's time zone (or the one given for the source). A time in either is refused, with both readings.
A bare date is 00:00 there. Other formats of a source are in its `Notation`, and tried before ISO
8601.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core import city
from geosites.core.errors import phrase
from geosites.core.records import TimePrecision
from geosites.validation.date_times.clock_words import in_digits, no_longer_than_times
from geosites.validation.source_notation import plain
from geosites.validation.table_columns.text_columns import (
    FEW,
    Block,
    Faults,
    Mask,
    compiled,
    filled,
    mask,
    matches,
)

_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"(?P<clock>[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)"
_ZONE = r"(?P<zone> ?(?:[Zz]|[+-]\d{2}(?::?\d{2})?))"
_FORM = f"^{_DAY}(?:{_CLOCK}{_ZONE}?)?$"
_PARTS = ("clock", "zone")
_END_OF_DAY = f"^{_DAY}[T ]24:00(?::00(?:\\.0{{1,9}})?)?{_ZONE}?$"
_DAY_US = np.timedelta64(86_400_000_000, "us")
_DAY_LENGTH = len("2023-07-13")
_NOT_ISO = phrase("is not a time in ISO 8601, such as 2023-07-13T14:30+02:00 or 2023-07-13")
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
"""Earliest year of a closure or operation; an earlier one is considered a slip."""

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
    notation, clocks = block.notation or plain(), result.copy()
    text = _of_source(block, name)
    left = filled(block.column(name))
    local, others = np.zeros(len(block), dtype=bool), np.zeros(len(block), dtype=bool)
    for item in notation.patterns(name):
        times = item.read(text)
        fits = left & times.fits
        (result if times.zoned else clocks)[fits] = times.clocks[fits]
        (others if times.zoned else local)[fits] = True
        left &= ~fits
    text, ends = _without_end(text)
    dates, unzoned, zoned = (left & form for form in _forms(text))
    _mark_unknown(block, faults, name, left & ~(dates | unzoned | zoned))
    if (dates | unzoned).any():
        clocks[dates | unzoned] = _parsed(text, dates | unzoned, utc=False).to_numpy()
    if zoned.any():
        result[zoned] = _from_offsets(text, zoned)
    local |= dates | unzoned
    clocks[ends & unzoned] += _DAY_US
    result[ends & zoned] += _DAY_US
    if local.any():
        result[local] = _from_clocks(clocks[local], notation.zone)
    _refuse_unreadable(faults, name, local, others | zoned, clocks, result, notation.zone)
    _refuse_out_of_range(faults, name, result, until, since)
    return result


def precision(block: Block, name: str) -> pa.Array:
    """Return the precision of each instant of a column; undefined for bad rows."""
    text = _of_source(block, name)
    days = mask(pc.equal(pc.utf8_length(text), _DAY_LENGTH))
    left = np.ones(len(block), dtype=bool)
    for item in (block.notation or plain()).patterns(name):
        fits = left & item.fits(text)
        days[fits] = not item.has_clock
        left &= ~fits
    return pc.if_else(pa.array(days), TimePrecision.DAY.value, TimePrecision.INSTANT.value)


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


def _of_source(block: Block, name: str) -> pa.Array:
    """Return a column of times; a file may write noon as a word, which is reported."""
    text = no_longer_than_times(block.column(name))
    return text if block.notation is None else in_digits(text)


def _without_end(text: pa.Array) -> tuple[pa.Array, Mask]:
    """Return times with the end of a day, 24:00, as its beginning, and which those are."""
    ends = matches(text, _END_OF_DAY)
    if not ends.any():
        return text, ends
    begun = pc.replace_substring_regex(text, r"^(.{10}[T ])24:", r"\100:")
    return pc.if_else(pa.array(ends), begun, text), ends


def _forms(text: pa.Array) -> tuple[Mask, Mask, Mask]:
    """Return which rows are a bare date, which a time without an offset, which one with it."""
    if len(text) <= FEW:
        return _forms_of_few(text)
    result = pc.extract_regex(text, _FORM)
    clock, zone = (mask(pc.not_equal(pc.struct_field(result, name), "")) for name in _PARTS)
    right = filled(result)
    return right & ~clock, clock & ~zone, zone


def _forms_of_few(text: pa.Array) -> tuple[Mask, Mask, Mask]:
    found = [compiled(_FORM).match(cell or "") for cell in text.to_pylist()]
    clock, zone = (np.array([bool(one and one[name]) for one in found]) for name in _PARTS)
    return np.array([one is not None for one in found]) & ~clock, clock & ~zone, zone


def _from_offsets(text: pa.Array, chosen: Mask) -> Instants:
    """Return instants with offsets, NaT if invalid.

    pyarrow parses them if all are regular; pandas handles a space, a lower-case z or an impossible
    day.
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


def _from_clocks(clocks: Instants, zone: ZoneInfo) -> Instants:
    zoned = pd.DatetimeIndex(clocks).tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    result: Instants = zoned.tz_convert("UTC").tz_convert(None).to_numpy()
    return result


def _mark_unknown(block: Block, faults: Faults, name: str, unknown: Mask) -> None:
    patterns = (block.notation or plain()).patterns(name)
    if not patterns:
        faults.mark(name, unknown, _NOT_ISO)
        return
    forms = ", ".join(item.text for item in patterns)
    reason = phrase("is not a time of the form %(forms)s, nor in ISO 8601", forms=forms)
    faults.mark(name, unknown, reason)


def _refuse_unreadable(
    faults: Faults,
    name: str,
    local: Mask,
    others: Mask,
    clocks: Instants,
    result: Instants,
    zone: ZoneInfo,
) -> None:
    unread = np.isnat(result)
    faults.mark(name, unread & local, lambda row: _explain_local(clocks[row], zone))
    faults.mark(name, unread & others, phrase("is not a day or time of the calendar"))


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
    first = since.astimezone(city.zone())
    early = result < _stamp(since)
    faults.mark(name, early, phrase("lies before %(year)s; is the year right?", year=first.year))


def _stamp(instant: dt.datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(dt.UTC).replace(tzinfo=None), "us")


def _minute(instant: dt.datetime, zone: ZoneInfo | None = None) -> str:
    return instant.astimezone(zone or city.zone()).isoformat(timespec="minutes")


def _explain_local(clock: np.datetime64, zone: ZoneInfo) -> str:
    """Return why a local time has no single reading, naming both.

    02:30 on 30 October 2022 was 00:30 UTC and again 01:30 UTC on the clocks of Europe/Paris.
    """
    if np.isnat(clock):
        return phrase("is not a day or time of the calendar")
    shown: dt.datetime = pd.Timestamp(clock).to_pydatetime().replace(tzinfo=zone)
    readings = sorted(shown.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    first, second = (_minute(reading, zone) for reading in readings)
    twice = readings[0].astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None)
    if twice:
        return phrase(
            "happened twice on the clocks of %(zone)s: write %(first)s or %(second)s",
            zone=zone.key,
            first=first,
            second=second,
        )
    return phrase(
        "never happened on the clocks of %(zone)s, which were put forward: write %(first)s or "
        "%(second)s",
        zone=zone.key,
        first=first,
        second=second,
    )
