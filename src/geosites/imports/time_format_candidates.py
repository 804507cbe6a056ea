"""Candidate time formats of a column, from its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from geosites.validation.date_times.time_patterns import TimePattern, pattern, plain

MOST_FORMS = 200
"""A column of more different forms than these is not one of times."""

_ISO = (
    r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
    r"(?: ?(?:[Zz]|[+-]\d{2}(?::?\d{2})?))?)?$"
)
_WHOLE = {
    r"\d{13}(?:\.0*)?": "epoch-ms",
    r"\d{10}(?:\.\d*)?": "epoch-s",
    r"\d{16}": "epoch-us",
    r"\d{5}(?:\.\d+)?": "excel",
    r"\d{14}": "%Y%m%d%H%M%S",
    r"\d{12}": "%Y%m%d%H%M",
    r"\d{8}": "%Y%m%d",
    r"\d{4}-\d{1,2}": "%Y-%m",
    r"\d{4}/\d{1,2}": "%Y/%m",
    r"\d{1,2}/\d{4}": "%m/%Y",
    r"\d{1,2}-\d{4}": "%m-%Y",
    r"\d{4} \d{1,2} \d{1,2} \d{1,2} \d{1,2}": "%Y %m %d %H %M",
    r"\d{4} \d{1,2} \d{1,2} \d{1,2} \d{1,2} \d{1,2}": "%Y %m %d %H %M %S",
    r"\d{4} \d{1,2} \d{1,2} \d{3,4}": "%Y %m %d %H%M",
    r"\d{4} \d{1,2} \d{1,2} \d{1,2}": "%Y %m %d %H",
    r"\d{2} \d{1,2} \d{1,2} \d{3,4}": "%y %m %d %H%M",
}
_UNSURE = {"excel", "%y %m %d %H%M", "%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y"}
_DATE = re.compile(
    r"(?P<week>[^\W\d_]{2,}\.?,? )?"
    r"(?:(?P<first>\d{1,4})(?P<sep>[/. -])(?P<second>\d{1,2})(?P=sep)(?P<third>\d{1,4})"
    r"|(?P<day>\d{1,2})(?:er)?(?P<dash> de | |-|\. ?)(?P<month>[^\W\d_]{3,}\.?)"
    r"(?P<dash2> del? | |-)(?P<year>\d{2,4})"
    r"|(?P<named>[^\W\d_]{3,}\.?) (?P<nday>\d{1,2})(?P<comma>,?) (?P<nyear>\d{4})"
    r"|(?P<packed>\d{8}))"
    r"(?:(?P<join> à | at | - |, |[T ])(?P<clock>.+))?"
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?P<h> ?h ?)(?P<hmin>\d{2})?|(?P<colon>[:.])(?P<min>\d{1,2})"
    r"(?:(?P=colon)(?P<sec>\d{1,2})(?P<frac>[.,]\d{1,9})?)?)?"
    r"(?P<half> ?[ap]\.?m\.?)?(?P<zone> ?(?:z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2}))?",
    re.IGNORECASE,
)


class TimeForms(NamedTuple):
    """The patterns of one form: one if it can be read one way only, the likeliest first."""

    patterns: tuple[str, ...]
    unsure: bool


@dataclass(frozen=True)
class FormsFound:
    """Formats found in a column besides ISO 8601: for each, its possible meanings."""

    forms: tuple[TimeForms, ...]

    def candidates(self) -> list[TimePattern]:
        """Return every pattern that may be meant."""
        return [pattern(text) for form in self.forms for text in form.patterns]


def mostly_iso(column: pa.Array) -> bool:
    """Return whether more than half of a column's values are in ISO 8601."""
    iso = pc.sum(pc.match_substring_regex(column, _ISO)).as_py() or 0
    return bool(2 * iso > len(column) - column.null_count)


def forms_of(column: pa.Array) -> FormsFound:
    """Return how the values of a column that are not in ISO 8601 may be written."""
    text = plain(column)
    other = text.filter(pc.fill_null(pc.invert(pc.match_substring_regex(text, _ISO)), False))
    shapes = pc.replace_substring_regex(other, r"\d", "9")
    examples: dict[str, str] = {}
    for shape in shapes.unique().to_pylist()[: MOST_FORMS + 1]:
        place = pc.index(shapes, shape).as_py()
        examples[shape] = other[place].as_py()
    found = (form_of(example) for example in examples.values())
    return FormsFound(tuple(dict.fromkeys(form for form in found if form is not None)))


def form_of(text: str) -> TimeForms | None:
    """Return the possible time formats of a text, or None."""
    for form, name in _WHOLE.items():
        if re.fullmatch(form, text):
            return TimeForms((name,), name in _UNSURE)
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    clock = _clock(match["clock"]) if match["clock"] else ""
    if clock is None:
        return None
    join = "" if not match["clock"] else match["join"]
    week = "" if not match["week"] else "%a" + match["week"][len(match["week"].rstrip(" ,.")) :]
    if match["sep"] == " " and len(match["first"]) == 2 == len(match["third"]):
        return TimeForms((f"%y %m %d{join}{clock}",), True)
    made = tuple(f"{week}{date}{join}{clock}" for date in _dates(match, bool(_half(clock))))
    return TimeForms(made, len(made) > 1) if made else None


def _half(clock: str) -> bool:
    return "%p" in clock


def _dates(match: re.Match[str], american: bool) -> Iterator[str]:
    """Yield what the date of a text may be: day first comes first, but on clocks of twelve."""
    if match["packed"]:
        yield "%Y%m%d"
    elif match["month"]:
        year = "%Y" if len(match["year"]) == 4 else "%y"
        yield f"%d{match['dash']}%b{match['dash2']}{year}"
    elif match["named"]:
        yield f"%b %d{match['comma']} %Y"
    elif len(match["first"]) == 4:
        yield match["sep"].join(("%Y", "%m", "%d"))
    elif len(match["first"]) <= 2 and len(match["third"]) in (2, 4):
        year = "%Y" if len(match["third"]) == 4 else "%y"
        both = [("%d", "%m", year), ("%m", "%d", year)]
        for parts in reversed(both) if american else both:
            yield match["sep"].join(parts)


def _clock(text: str) -> str | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour = "%I" if match["half"] else "%H"
    made = hour
    if match["h"]:
        made += "h" + ("%M" if match["hmin"] else "")
    elif match["colon"]:
        made += match["colon"] + "%M"
        if match["sec"]:
            made += match["colon"] + "%S"
        if match["frac"]:
            made += match["frac"][0] + "%f"
    elif not match["half"]:
        return None
    if match["half"]:
        made += (" " if match["half"].startswith(" ") else "") + "%p"
    if match["zone"]:
        made += (" " if match["zone"].startswith(" ") else "") + "%z"
    return made
