"""Which geometries of a boundary file are areas with a location, and errors of the others."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geosites.core.errors import Phrase, phrase

_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_EDGE, _POLE = 180.0, 85.0
"""Longitudes and latitudes to which maps reach."""
_AROUND_USE = 3.0
"""Margin in degrees around the area of use of a reference system."""


def areas_of(
    name: str, known: Collection[object], shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.object_], list[Phrase]]:
    """Return the shapes that are areas, None for others, and why where it is not `known` yet."""
    areas, faults = shapes.copy(), []
    for at, shape in enumerate(shapes):
        why = None
        if at + 1 in known:
            areas[at] = None
        elif shape is None or shape.is_empty:
            why = phrase("%(file)s, feature %(number)s: has no geometry", file=name, number=at + 1)
        elif shapely.get_type_id(shape) not in _AREAS:
            why = phrase(
                "%(file)s, feature %(number)s: is a %(kind)s and no polygon",
                file=name,
                number=at + 1,
                kind=shape.geom_type,
            )
        elif not np.isfinite(shapely.get_coordinates(shape)).all():
            why = phrase(
                "%(file)s, feature %(number)s: lies where its reference system has no place",
                file=name,
                number=at + 1,
            )
        elif (why := _beyond(name, at + 1, shape)) is not None:
            pass
        if why is not None:
            areas[at] = None
            faults.append(why)
    return areas, faults


def _beyond(name: str, number: int, shape: shapely.Geometry) -> Phrase | None:
    """Return that a shape has a corner that is no place in degrees, or that no map reaches."""
    west, south, east, north = shape.bounds
    lon, lat = (west if west < -_EDGE else east), (south if south < -_POLE else north)
    if -_EDGE <= lon <= _EDGE and -_POLE <= lat <= _POLE:
        return None
    return phrase(
        "%(file)s, feature %(number)s: at %(lon)s, %(lat)s it lies outside of longitudes and "
        "latitudes, or nearer to a pole than maps reach",
        file=name,
        number=number,
        lon=round(lon, 4),
        lat=round(lat, 4),
    )


def far_from_use(name: str, reference: CRS, areas: npt.NDArray[np.object_]) -> list[Phrase]:
    """Return an error if areas are far from the area of use of their reference system.

    Coordinates in degrees that are declared as metres are all near its origin.
    """
    use = reference.area_of_use
    there = [area for area in areas if area is not None]
    if use is None or not there or use.west > use.east:
        return []
    west, south, east, north = shapely.total_bounds(there).tolist()
    if (
        west <= use.east + _AROUND_USE
        and east >= use.west - _AROUND_USE
        and south <= use.north + _AROUND_USE
        and north >= use.south - _AROUND_USE
    ):
        return []
    return [
        phrase(
            "%(file)s: at %(lon)s, %(lat)s it is far from where %(reference)s is used "
            "(%(use)s): is another reference system meant?",
            file=name,
            lon=round((west + east) / 2, 2),
            lat=round((south + north) / 2, 2),
            reference=reference.name,
            use=use.name,
        )
    ]
