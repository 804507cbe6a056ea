"""The city of this process: time zone, metric reference system, administrative levels.

A city is defined by a folder: `city.toml` and boundary files. `geosites city init` reads it and
stores it in the database, so that every process that opens the store uses its city (`enter`).
Without a store, or in one without a city, the default is the city whose folder is part of geosites.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from geosites.core.city_document import parsed
from geosites.core.city_records import CitySettings

CITY_FILE = "city.toml"
_PACKAGED = Path(__file__).parents[1] / "data_geo"
_IN_SOURCES = Path(__file__).parents[3] / "data" / "geo"


def folder() -> Path:
    """Return the folder of the city that comes with geosites."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_SOURCES


@cache
def packaged() -> CitySettings:
    """Return the city whose folder is part of geosites."""
    return parsed(tomllib.loads((folder() / CITY_FILE).read_text(encoding="utf-8")))


class _Process:
    """The city of this process: one store, one city. `text` is its JSON source."""

    city: CitySettings | None = None
    text: str | None = None


def current() -> CitySettings:
    """Return the city that this process counts in."""
    return _Process.city or packaged()


def use(city: CitySettings | None) -> None:
    """Be in this city from now on; None is the one that comes with geosites."""
    _Process.city, _Process.text = city, None


def enter(text: str | None) -> None:
    """Use the city that a store has as JSON from now on; None is a store without one."""
    if text is None or text != _Process.text:
        _Process.city = None if text is None else parsed(json.loads(text))
        _Process.text = text


def zone() -> ZoneInfo:
    """Return the time zone of the city."""
    return current().clocks


def metric() -> int:
    """Return the EPSG code of the city's metric reference system."""
    return current().metric
