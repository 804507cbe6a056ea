"""Parse a city from `city.toml` or a store, reporting all errors at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from geosites.core.city_records import SIDES, Box, CitySettings, Level
from geosites.core.errors import Phrase, Refused, phrase

Document = Mapping[str, object]


def parsed(document: Document) -> CitySettings:
    """Return the city of a document; raises `Refused` with every fault at once."""
    faults: list[Phrase] = []
    faults += [
        phrase("%(name)s is missing", name=name)
        for name in ("name", "zone")
        if not isinstance(document.get(name), str) or not document[name]
    ]
    zone = document.get("zone")
    if isinstance(zone, str) and zone and not _is_zone(zone):
        faults.append(phrase("zone: %(zone)s is not a time zone", zone=zone))
    metric = document.get("metric")
    if not isinstance(metric, int) or isinstance(metric, bool):
        faults.append(phrase("metric: expected the number of an EPSG reference in metres"))
    languages = document.get("languages", ["en"])
    if not _texts(languages) or not languages:
        faults.append(phrase("languages: expected a list of codes such as fr or en"))
    levels = _levels(document.get("levels", []), faults)
    boxes = {name: _box(name, document.get(name), faults) for name in ("view", "bounds")}
    credits_of = document.get("credits", {})
    if not isinstance(credits_of, Mapping) or not _texts(list(credits_of.values())):
        faults.append(phrase("credits: expected a text for each of boundaries, ground, sites"))
    classes = document.get("classes")
    if classes is not None and not _numbers(classes):
        faults.append(phrase("classes: expected five numbers"))
    if faults:
        raise Refused("%(faults)s", faults="; ".join(faults))
    return CitySettings(
        name=str(document["name"]),
        languages=tuple(map(str, _listed(languages))),
        zone=str(zone),
        metric=int(str(metric)),
        levels=levels,
        view=boxes["view"],
        bounds=boxes["bounds"],
        credits=dict(credits_of) if isinstance(credits_of, Mapping) else {},
        classes=tuple(float(str(bound)) for bound in _listed(classes)) or None,
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _levels(entries: object, faults: list[Phrase]) -> tuple[Level, ...]:
    levels = []
    for number, entry in enumerate(_listed(entries), start=1):
        name = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(name, str) or not name:
            faults.append(phrase("level %(number)s: id is missing", number=number))
        elif len(name.encode()) > _LONGEST:
            faults.append(phrase("level %(number)s: its id is too long", number=number))
        else:
            levels.append(_level(name, entry))
    return tuple(levels)


_LONGEST = 63
"""Bytes of a word of the database's enum."""


def _level(name: str, entry: Mapping[str, object]) -> Level:
    words = {}
    for language, pair in entry.items():
        if language not in ("id", "tiles", "numbered") and pair and _texts(pair):
            one, *many = map(str, _listed(pair))
            words[language] = (one, many[0] if many else one)
    return Level(
        id=name,
        tiles=entry.get("tiles") is not False,
        numbered=entry.get("numbered") is True,
        words=words,
    )


def _box(name: str, given: object, faults: list[Phrase]) -> Box | None:
    if given is None:
        return None
    sides = [given.get(side) for side in SIDES] if isinstance(given, Mapping) else []
    numbers = [float(side) for side in sides if isinstance(side, int | float)]
    if len(numbers) == len(SIDES) and numbers[0] < numbers[2] and numbers[1] < numbers[3]:
        return Box(*numbers)
    faults.append(phrase("%(name)s: expected west, south, east and north in degrees", name=name))
    return None


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, str):
        return [value]
    return list(value) if isinstance(value, Iterable) else []


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple | str) and all(isinstance(v, str) for v in _listed(value))


def _numbers(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in value
    )
