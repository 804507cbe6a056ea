"""Which metric reference and which clocks a city has: checked where told, proposed where not."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from geosites.core.city_records import Box
from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import Phrase, phrase

MOST_WRONG = 0.005
"""By how much of itself a length may be wrong in the metric reference of a city."""

SURE_KM = 60.0
"""So near to the place that gives a time zone its name, the zone is that one."""

_GEOD = Geod(ellps="WGS84")
_STEP_M = 100.0
_PLACE = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?")


class ZoneFound(NamedTuple):
    """The time zone named after the nearest place, and how far that is."""

    zone: str
    km: float

    @property
    def sure(self) -> bool:
        """Whether it needs nobody to confirm it."""
        return self.km <= SURE_KM


def metric_fault(epsg: int, box: Box) -> Phrase | None:
    """Return why lengths on the ground of `box` cannot be measured in a reference, or None."""
    try:
        system = CRS.from_epsg(epsg)
    except CRSError:
        return phrase("metric: PROJ knows no EPSG:%(epsg)s", epsg=epsg)
    unit = system.axis_info[0].unit_name if system.axis_info else ""
    if not system.is_projected or unit != "metre":
        return phrase(
            "metric: EPSG:%(epsg)s (%(name)s) is not in metres", epsg=epsg, name=system.name
        )
    low, high = lengths(epsg, box)
    if not (low / _STEP_M > 1 - MOST_WRONG and high / _STEP_M < 1 + MOST_WRONG):
        return phrase(
            "metric: 100 m are %(low)s to %(high)s m in EPSG:%(epsg)s there",
            low=round(low, 1),
            high=round(high, 1),
            epsg=epsg,
        )
    return None


def lengths(epsg: int, box: Box) -> tuple[float, float]:
    """Return the least and the most that 100 m on the ground of `box` are in a reference."""
    transformer = Transformer.from_crs(GEOGRAPHIC, epsg, always_xy=True)
    lon, lat = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(box.west, box.east, 3), np.linspace(box.south, box.north, 3)
        )
    )
    x, y = transformer.transform(lon, lat)
    told = []
    for bearing in (0.0, 90.0):
        there = _GEOD.fwd(lon, lat, np.full(len(lon), bearing), np.full(len(lon), _STEP_M))
        x2, y2 = transformer.transform(there[0], there[1])
        told.append(np.hypot(x2 - x, y2 - y))
    every = np.concatenate(told)
    return (float(every.min()), float(every.max())) if np.isfinite(every).all() else (0.0, np.inf)


def metric_for(box: Box) -> int:
    """Return the EPSG code of the UTM zone that holds the middle of a box."""
    lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
    zone = min(max(int((lon + 180) // 6) + 1, 1), 60)
    return (32600 if lat >= 0 else 32700) + zone


def zone_near(box: Box) -> ZoneFound:
    """Return the time zone whose name-giving place lies nearest to the middle of a box."""
    lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
    names, places = _zones()
    count = len(names)
    _, _, metres = _GEOD.inv(np.full(count, lon), np.full(count, lat), places[:, 0], places[:, 1])
    nearest = int(np.argmin(metres))
    return ZoneFound(names[nearest], float(metres[nearest]) / 1000)


def _zones() -> tuple[list[str], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    places = [[_degrees(part) for part in reversed(_split(row[1]))] for row in rows]
    return [row[2] for row in rows], np.array(places, dtype=np.float64)


def _split(text: str) -> tuple[str, str]:
    second = max(text.rfind("+"), text.rfind("-"))
    return text[:second], text[second:]


def _degrees(text: str) -> float:
    """Return degrees of `+DDMM`, `+DDDMM` or with seconds."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    degrees = int(match[2]) + int(match[3]) / 60 + int(match[4] or 0) / 3600
    return -degrees if match[1] == "-" else degrees
