"""Metric reference system of a city: checked where given, otherwise proposed."""

from __future__ import annotations

import numpy as np
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from geosites.core.city_records import Box
from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import Phrase, phrase

MOST_WRONG = 0.005
"""By how much of itself a length may be wrong in the metric reference of a city."""

_GEOD = Geod(ellps="WGS84")
_STEP_M = 100.0


def metric_fault(epsg: int, box: Box) -> Phrase | None:
    """Return why lengths in `box` cannot be measured in a reference system, or None."""
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
    """Return the minimum and maximum of 100 m in `box` as measured in a reference system."""
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
