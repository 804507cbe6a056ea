"""Time zone of a city: certain near the zone's reference place, otherwise proposed by country.

Candidates are countries whose area of use in the EPSG dataset (a box) contains the city, the
smallest first. Distance, solar time and whether a zone applies to a part of its country break ties.
Of 155 cities of the world, 145 are proposed the right time zone, and for all it is among the
candidates; no proposal is used until somebody confirms it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from babel.languages import get_official_languages
from pyproj import Geod
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from geosites.core.city_records import Box
from geosites.core.errors import Phrase, phrase

SURE_KM = 60.0
"""Distance from the place that a time zone is named after within which that zone is certain."""

SURE_ABROAD_KM = 8.0
"""The same where the area may belong to another country with the same time."""

MOST_SHOWN = 5
"""Number of other candidates beside the proposed zone, each with a different time or country."""

_MOST_OFF_H = 4.0
_SUN_KM = 800.0  # what an hour off the sun weighs against distance
_PART_KM = 600.0  # what it weighs that a zone is that of a part of its country
_COUNTRY_KM = 320.0  # what a country weighs whose ground is larger by a factor of e
_ABROAD_KM = 1500.0
_LEAST_BOX = 0.1  # square degrees
_SOUTHERNMOST = -60.0
_YEARS = (2020, 2023, 2024, 2025, 2026)
_GEOD = Geod(ellps="WGS84")
_PLACE = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?")
_MOST = re.compile(r"\bmost\b|\(mainland\)")
_PART = re.compile(r"[(,;&]| - ")
_LEAD = re.compile(r" - | \(|[.:]")
_EACH = re.compile(r"[;,] | and ")
_KINDS = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS]
_SPELLED = {
    "American Samoa": "AS",
    "Bosnia and Herzegovina": "BA",
    "Czechia": "CZ",
    "Côte d'Ivoire": "CI",
    "Democratic People's Republic of Korea": "KP",
    "Lao": "LA",
    "Myanmar": "MM",
    "Republic of Korea": "KR",
    "Reunion": "RE",
    "Russian Federation": "RU",
    "St Pierre and Miquelon": "PM",
    "Syrian Arab Republic": "SY",
    "Taiwan": "TW",
    "The Democratic Republic of the Congo": "CD",
    "Trinidad and Tobago": "TT",
    "Türkiye": "TR",
    "USA": "US",
    "United Kingdom": "GB",
}
"""Countries that the EPSG dataset calls otherwise than the time zone database."""

Clocks = tuple[dt.timedelta | None, ...]


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
    part: bool


def zone_near(box: Box) -> ZoneFound:
    """Return the most likely time zone of a box, and other candidates."""
    lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
    zones = [one for one in _zones() if (one.lat < _SOUTHERNMOST) == (lat < _SOUTHERNMOST)]
    km = _kilometres(zones, lon, lat)
    countries = _countries(box)
    nearest = int(np.argmin(km))
    order = sorted(
        range(len(zones)), key=lambda at: _rank(zones[at], float(km[at]), countries, lon)
    )
    far = {zone.name: float(at) for zone, at in zip(zones, km, strict=True)}
    shown = _apart([zones[at] for at in order], far)
    if _is_sure(zones[nearest], float(km[nearest]), shown, countries):
        return ZoneFound(zones[nearest].name, float(km[nearest]), sure=True)
    likely, *others = shown
    told = tuple(one.name for one in others)
    return ZoneFound(likely.name, far[likely.name], sure=False, others=told)


def languages_near(zone: str) -> list[str]:
    """Return the first official language of the zone's country, and English."""
    country = next((one.country for one in _zones() if one.name == zone), "")
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return list(dict.fromkeys([*spoken[:1], "en"]))


def noon_fault(zone: str, box: Box) -> Phrase | None:
    """Return an error if a time zone is that of another part of the world, or None.

    In winter, solar noon is within three and a half hours of 12:00 wherever people live.
    """
    sun_h = (box.west + box.east) / 2 / 15
    off_h = (_standard_h(zone) - sun_h + 12) % 24 - 12
    if zone == "UTC" or abs(off_h) <= _MOST_OFF_H:
        return None
    minutes = round((12 + off_h) * 60) % (24 * 60)
    return phrase(
        "zone: on the clocks of %(zone)s the sun stands highest at %(noon)s there: "
        "they are those of another part of the world",
        zone=zone,
        noon=f"{minutes // 60:02}:{minutes % 60:02}",
    )


def _rank(zone: _Zone, km: float, countries: dict[str, float], lon: float) -> float:
    """Return how far a zone is: in kilometres, by the sun, by its country and its part of it."""
    off_h = abs(_standard_h(zone.name) - lon / 15)
    abroad = _ABROAD_KM
    if zone.country in countries:
        abroad = _COUNTRY_KM * math.log(countries[zone.country] / min(countries.values()))
    return km + _SUN_KM * off_h + abroad + (_PART_KM if zone.part else 0.0)


def _apart(zones: Sequence[_Zone], km: Mapping[str, float]) -> list[_Zone]:
    """Return the first zones of each country with distinct times, as ranked.

    Of several with the same time, it is that of most of the country, or the nearest.
    """
    alike: dict[tuple[str, Clocks], list[_Zone]] = {}
    for zone in zones:
        alike.setdefault((zone.country, _clocks(zone.name)), []).append(zone)
    return [
        min(some, key=lambda one: (not one.most, km[one.name]))
        for some in list(alike.values())[: MOST_SHOWN + 1]
    ]


def _is_sure(zone: _Zone, km: float, shown: Sequence[_Zone], countries: dict[str, float]) -> bool:
    """Return whether the nearest zone needs nobody to confirm it."""
    at_home = next(iter(countries), zone.country) == zone.country
    if at_home:
        return km <= SURE_KM
    abroad = {_clocks(one.name) for one in shown if one.country in countries}
    return km <= SURE_ABROAD_KM and abroad <= {_clocks(zone.name)}


@cache
def _clocks(name: str) -> Clocks:
    """Return what a zone is ahead of UTC through some years; equal where its clocks are."""
    zone = ZoneInfo(name)
    days = [dt.datetime(year, month, day) for year in _YEARS for month in range(1, 13)
            for day in (1, 12, 27)]  # fmt: skip
    return tuple(zone.utcoffset(day) for day in days)


@cache
def _standard_h(name: str) -> float:
    """Return the hours that a zone is ahead of UTC while it saves no daylight."""
    return min(one.total_seconds() for one in _clocks(name) if one is not None) / 3600


def _countries(box: Box) -> dict[str, float]:
    """Return ISO 3166 codes of the countries whose area of use contains a box, likeliest first.

    Each has the size of its smallest such area, in square degrees.
    """
    codes = {**_codes(), **_SPELLED}
    asked = AreaOfInterest(box.west, box.south, box.east, box.north)
    found: dict[str, float] = {}
    for one in query_crs_info("EPSG", _KINDS, area_of_interest=asked, contains=True):
        area = one.area_of_use
        if area is None or not area.name:
            continue
        size = ((area.east - area.west) % 360) * (area.north - area.south)
        for code in _named(_LEAD.split(area.name)[0], codes):
            found[code] = max(min(size, found.get(code, size)), _LEAST_BOX)
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _named(text: str, codes: Mapping[str, str]) -> Iterator[str]:
    """Yield the codes of the countries that the name of an area begins its parts with."""
    whole = codes.get(text.strip())
    if whole is not None:
        yield whole
        return
    for part in _EACH.split(text):
        name = part.strip()
        while name and name not in codes:
            name = name.rpartition(" ")[0]
        if name:
            yield codes[name]


def _lines(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def _codes() -> dict[str, str]:
    return {row[1]: row[0] for row in _lines("iso3166.tab")}


@cache
def _zones() -> tuple[_Zone, ...]:
    return tuple(
        _zone(row[0], row[2], *_degrees_of(row[1]), "".join(row[3:])) for row in _lines("zone.tab")
    )


def _zone(country: str, name: str, lon: float, lat: float, told: str) -> _Zone:
    """Return the rank of a zone by its entry in the zone table: none, most of its country, or a
    part.
    """
    most = bool(_MOST.search(told))
    return _Zone(country, name, lon, lat, most, part=bool(_PART.search(told)) and not most)


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
