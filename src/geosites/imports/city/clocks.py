"""Which clocks a city keeps: sure beside the place that names them, proposed by country elsewhere.

The countries are those whose mapped ground (areas of use in the EPSG dataset, boxes) holds the
city, the smallest area first; within a country, distance, the sun and how much of the country
keeps a zone decide.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from pyproj import Geod
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from geosites.core.city_records import Box

SURE_KM = 60.0
"""So near to the place that gives a time zone its name, the zone is that one, in one country."""

SURE_ABROAD_KM = 15.0
"""And so near where the ground may be another country's."""

MOST_SHOWN = 5
"""So many other zones are named beside the one proposed."""

_SUN_KM = 1200.0  # what an hour off the sun weighs against distance
_MOST_KM = 500.0
_WINTERS = (dt.datetime(2024, 1, 15), dt.datetime(2024, 7, 15))
_GEOD = Geod(ellps="WGS84")
_PLACE = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?")
_MOST = re.compile(r"\bmost\b|\(mainland\)")
_LEAD = re.compile(r" - | \(|[.;:]")
_KINDS = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS]
_SPELLED = {"United Kingdom": "Britain (UK)", "Reunion": "Réunion", "USA": "United States"}


class ZoneFound(NamedTuple):
    """The time zone proposed, how far the place that names it is, and which others may be meant."""

    zone: str
    km: float
    sure: bool
    """Whether it needs nobody to confirm it."""
    others: tuple[str, ...] = ()


class _Zone(NamedTuple):
    country: str
    name: str
    lon: float
    lat: float
    most: bool


def zone_near(box: Box) -> ZoneFound:
    """Return the time zone that the ground of a box most likely keeps, and other candidates."""
    lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
    zones = _zones()
    km = _kilometres(zones, lon, lat)
    nearest = int(np.argmin(km))
    countries = _countries(box)
    at_home = countries[:1] in ([], [zones[nearest].country])
    if km[nearest] <= (SURE_KM if at_home else SURE_ABROAD_KM):
        return ZoneFound(zones[nearest].name, float(km[nearest]), sure=True)
    order = sorted(
        range(len(zones)), key=lambda at: _rank(zones[at], float(km[at]), countries, lon)
    )
    likely = order[0]
    told = [zones[at].name for at in order[1:] if zones[at].country in countries][:MOST_SHOWN]
    if zones[nearest].name not in (zones[likely].name, *told):
        told = [zones[nearest].name, *told][:MOST_SHOWN]
    return ZoneFound(zones[likely].name, float(km[likely]), sure=False, others=tuple(told))


def _rank(zone: _Zone, km: float, countries: list[str], lon: float) -> tuple[int, float]:
    """Order zones by country, then by distance, by the sun and by whether most keep it."""
    at = countries.index(zone.country) if zone.country in countries else len(countries)
    off_h = abs(_standard_h(zone.name) - lon / 15)
    return at, km + _SUN_KM * off_h - (_MOST_KM if zone.most else 0)


def _standard_h(name: str) -> float:
    """Return the hours that a zone is ahead of UTC while it saves no daylight."""
    offsets = (ZoneInfo(name).utcoffset(at) for at in _WINTERS)
    return min(one.total_seconds() for one in offsets if one is not None) / 3600


def _countries(box: Box) -> list[str]:
    """Return ISO 3166 codes of the countries whose mapped ground holds a box, likeliest first."""
    codes = _codes()
    asked = AreaOfInterest(box.west, box.south, box.east, box.north)
    found: dict[str, float] = {}
    for one in query_crs_info("EPSG", _KINDS, area_of_interest=asked, contains=True):
        area = one.area_of_use
        if area is None or not area.name:
            continue
        lead = _LEAD.split(area.name)[0].strip()
        code = codes.get(_SPELLED.get(lead, lead))
        if code is None:
            continue
        size = ((area.east - area.west) % 360) * (area.north - area.south)
        found[code] = min(size, found.get(code, size))
    return sorted(found, key=lambda code: (found[code], code))


def _lines(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def _codes() -> dict[str, str]:
    return {row[1]: row[0] for row in _lines("iso3166.tab")}


def _zones() -> list[_Zone]:
    return [
        _Zone(row[0], row[2], *_degrees_of(row[1]), most=bool(_MOST.search("".join(row[3:]))))
        for row in _lines("zone.tab")
    ]


def _kilometres(zones: list[_Zone], lon: float, lat: float) -> np.ndarray:
    count = len(zones)
    x, y = np.array([one.lon for one in zones]), np.array([one.lat for one in zones])
    return np.asarray(_GEOD.inv(np.full(count, lon), np.full(count, lat), x, y)[2]) / 1000


def _degrees_of(text: str) -> tuple[float, float]:
    """Return longitude and latitude of `+DDMM+DDDMM`, or with seconds."""
    second = max(text.rfind("+"), text.rfind("-"))
    return _degrees(text[second:]), _degrees(text[:second])


def _degrees(text: str) -> float:
    """Return degrees of `+DDMM`, `+DDDMM` or with seconds."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    degrees = int(match[2]) + int(match[3]) / 60 + int(match[4] or 0) / 3600
    return -degrees if match[1] == "-" else degrees
