"""Validate `city.toml`: all errors at once, each with its key."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from geosites.core.city_records import SIDES
from geosites.core.density_classes import CLASSES
from geosites.core.errors import Phrase, hint, phrase

_LANGUAGE = re.compile(r"([a-z]{2,3})(-[A-Za-z0-9]{2,8})*")
_MOST_NAME, _MOST_LEVEL = 200, 63
"""Characters of the name of a city; bytes of a word of the database's enum."""

_LEVEL_KEYS = frozenset({"id", "tiles", "numbered"})
_CREDITS = ("boundaries", "ground", "sites")
_LEAST_DEGREES = 0.001
"""A view that is narrower (100 m) shows nothing."""

_RIGHT_ANGLE = 90


def unknown(where: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Phrase]:
    """Yield an error for each unknown name, with the most similar known one."""
    there = sorted(known)
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
            yield phrase("%(key)s is not known%(hint)s", key=_key(where, name), hint=hint(near))


def faulty(told: Mapping[str, object]) -> dict[str, list[Phrase]]:
    """Return the keys with invalid values, each with its error."""
    found = {name: list(check(told[name])) for name, check in _CHECKS.items() if name in told}
    return {name: faults for name, faults in found.items() if faults}


def apart(told: Mapping[str, object]) -> Iterator[Phrase]:
    """Yield an error if the view is outside the bounds; both must be valid."""
    view, bounds = told.get("view"), told.get("bounds")
    if isinstance(view, Mapping) and isinstance(bounds, Mapping):
        for low, high in (("west", "east"), ("south", "north")):
            if view[high] <= bounds[low] or bounds[high] <= view[low]:
                yield phrase("view: lies outside of bounds")
                return


def _key(where: str, name: str) -> str:
    return f"{where}: {name}" if where else name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_line(value: object, most: int) -> bool:
    """Return whether a value is a single, non-empty line of text."""
    return isinstance(value, str) and 0 < len(value.strip()) <= most and value.isprintable()


def _name(value: object) -> Iterator[Phrase]:
    if not _is_line(value, _MOST_NAME):
        yield phrase("name: expected one line of text of at most %(most)s characters",
                     most=_MOST_NAME)  # fmt: skip


def _zone(value: object) -> Iterator[Phrase]:
    if not isinstance(value, str) or not value:
        yield phrase("zone: expected a time zone such as America/New_York")
        return
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        yield phrase("zone: %(zone)s is not a time zone", zone=value)
        return
    if "/" not in value and value != "UTC":
        yield phrase(
            "zone: %(zone)s names no place: say one such as America/New_York, whose clocks are "
            "known for summer and winter",
            zone=value,
        )


def _metric(value: object) -> Iterator[Phrase]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield phrase("metric: expected the number of an EPSG reference in metres")


def _languages(value: object) -> Iterator[Phrase]:
    codes = value if isinstance(value, list) else []
    if not codes or not all(isinstance(code, str) for code in codes):
        yield phrase("languages: expected a list of codes such as fr or en")
        return
    for code in codes:
        form = _LANGUAGE.fullmatch(code)
        if form is None or not _is_language(form[1]):
            yield phrase(
                "languages: %(code)s is not a code of a language such as fr or en", code=code
            )
    yield from _twice("languages", codes)


@cache
def _spoken() -> frozenset[str]:
    return frozenset(Locale("en").languages)


def _is_language(code: str) -> bool:
    return code in _spoken()


def _twice(where: str, names: Sequence[str]) -> Iterator[Phrase]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield phrase("%(key)s: %(name)s is listed twice", key=where, name=name)


def _classes(value: object) -> Iterator[Phrase]:
    if not isinstance(value, list) or len(value) != CLASSES or not all(map(_is_number, value)):
        yield phrase("classes: expected five numbers")
    elif value[0] <= 0 or any(low >= high for low, high in itertools.pairwise(value)):
        yield phrase("classes: expected numbers above 0, each greater than the one before")


def _box(name: str) -> Callable[[object], Iterator[Phrase]]:
    def check(value: object) -> Iterator[Phrase]:
        if not isinstance(value, Mapping):
            yield phrase("%(name)s: expected west, south, east and north in degrees", name=name)
            return
        yield from unknown(name, value, SIDES)
        bad = [side for side in SIDES if not _is_number(value.get(side))]
        for side in bad:
            yield phrase("%(key)s: expected a number of degrees", key=_key(name, side))
        if not bad:
            yield from _sides(name, {side: float(value[side]) for side in SIDES})

    return check


def _sides(name: str, box: Mapping[str, float]) -> Iterator[Phrase]:
    for low, high, most in (("west", "east", 2 * _RIGHT_ANGLE), ("south", "north", _RIGHT_ANGLE)):
        beyond = [side for side in (low, high) if abs(box[side]) > most]
        for side in beyond:
            yield phrase(
                "%(key)s: expected degrees from %(least)s to %(most)s",
                key=_key(name, side), least=-most, most=most,
            )  # fmt: skip
        if not beyond and box[high] - box[low] < (_LEAST_DEGREES if name == "view" else 0):
            yield phrase(
                "%(name)s: %(low)s %(a)s and %(high)s %(b)s leave no ground between them",
                name=name, low=low, high=high, a=box[low], b=box[high],
            )  # fmt: skip


def _credits(value: object) -> Iterator[Phrase]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        yield phrase("credits: expected a text for each of boundaries, ground, sites")
    else:
        yield from unknown("credits", value, _CREDITS)


def _levels(value: object) -> Iterator[Phrase]:
    entries = value if isinstance(value, list) else []
    if not isinstance(value, list):
        yield phrase("levels: each needs its name")
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(name, str) or not name.strip():
            yield phrase("level %(number)s: id is missing", number=number)
        elif not name.isprintable():
            yield phrase("level %(number)s: its id is not a single line", number=number)
        elif len(name.encode()) > _MOST_LEVEL:
            yield phrase("level %(number)s: its id is too long", number=number)
        else:
            yield from _level(f"levels: {name}", entry)
    named = [one["id"] for one in entries if isinstance(one, Mapping) and "id" in one]
    yield from _twice("levels", list(map(str, named)))
    if entries and all(isinstance(one, Mapping) and one.get("tiles") is False for one in entries):
        yield phrase("levels: none covers the ground: tiles is false in each")


def _level(where: str, entry: Mapping[str, object]) -> Iterator[Phrase]:
    for key in ("tiles", "numbered"):
        if not isinstance(entry.get(key, False), bool):
            yield phrase("%(key)s: expected true or false", key=_key(where, key))
    for key in entry:
        if key in _LEVEL_KEYS:
            continue
        if not _is_language(key):
            yield from unknown(where, [key], _LEVEL_KEYS)
        elif not _is_pair(entry[key]):
            yield phrase(
                "%(key)s: expected what one and what several are called, such as "
                '["quarter", "quarters"]',
                key=_key(where, key),
            )


def _is_pair(value: object) -> bool:
    words = [value] if isinstance(value, str) else value
    return (
        isinstance(words, list)
        and 1 <= len(words) <= 2
        and all(_is_line(word, _MOST_NAME) for word in words)
    )


_CHECKS: Mapping[str, Callable[[object], Iterator[Phrase]]] = {
    "name": _name,
    "languages": _languages,
    "zone": _zone,
    "metric": _metric,
    "classes": _classes,
    "view": _box("view"),
    "bounds": _box("bounds"),
    "levels": _levels,
    "credits": _credits,
}
