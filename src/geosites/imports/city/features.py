"""Features of boundary files: their errors, and which are parts of one territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import Phrase, phrase
from geosites.core.records import MOST_NAME, Territory
from geosites.imports.city.boundary_files import BoundaryFile
from geosites.reference_data.boundary_repair import holds_ground

_SHOWN = 8
_WIDEST, _FAR = 8.0, 4.0
"""Maximum width of a city in degrees; in a wider one, features this far from its centre are named.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A feature: properties, area in degrees, and position in its file."""

    code: str
    name: str
    level: str
    label: str | None
    parent: str | None
    area: shapely.Geometry
    where: str


def name_fault(where: str, field: str, name: str) -> Phrase | None:
    """Return why a text cannot be the name of a territory, or None."""
    if not name:
        return phrase("%(where)s: %(field)s holds no name", where=where, field=field)
    if len(name) > MOST_NAME:
        return phrase(
            "%(where)s: %(field)s holds %(count)s characters; a name has at most %(most)s",
            where=where,
            field=field,
            count=len(name),
            most=MOST_NAME,
        )
    if not name.isprintable():
        return phrase(
            "%(where)s: the name in %(field)s is not one line of text", where=where, field=field
        )
    return None


def spread(given: Sequence[tuple[BoundaryFile, npt.NDArray[np.object_]]]) -> list[Phrase]:
    """Return the features that are too far from the others for one city, if any."""
    where, areas = [], []
    for file, shapes in given:
        for number, area in zip(file.numbers, shapes, strict=True):
            if area is not None:
                where.append((file.name, number))
                areas.append(area)
    bounds = shapely.bounds(np.array(areas, dtype=object))
    west, south, east, north = shapely.total_bounds(areas).tolist()
    if east - west <= _WIDEST and north - south <= _WIDEST:
        return []
    middle = np.median((bounds[:, :2] + bounds[:, 2:]) / 2, axis=0)
    reach = np.maximum(np.abs(bounds[:, :2] - middle), np.abs(bounds[:, 2:] - middle)).max(axis=1)
    far = np.flatnonzero(reach > _FAR).tolist() or [int(np.argmax(reach))]
    return [
        phrase(
            "%(file)s, feature %(number)s: reaches from %(west)s, %(south)s to %(east)s, "
            "%(north)s: no city is so wide; is it on both sides of the 180th meridian, or in "
            "another reference system?",
            file=where[at][0],
            number=where[at][1],
            **{
                side: round(float(value), 3)
                for side, value in zip(("west", "south", "east", "north"), bounds[at], strict=True)
            },
        )
        for at in far
    ]


def merged(
    given: Sequence[tuple[Row, Territory]], faults: list[Phrase], warnings: list[Phrase]
) -> list[Territory]:
    """Return one territory a code: features of one code and name are parts of it."""
    again: list[Row] = []
    by_code: dict[str, tuple[Row, Territory]] = {}
    parts: dict[str, list[shapely.Geometry]] = {}
    for row, item in given:
        if not holds_ground(shapely.make_valid(item.area)):
            faults.append(
                phrase("%(where)s: %(name)s holds no ground", where=row.where, name=row.name)
            )
            continue
        if row.code not in by_code:
            by_code[row.code] = row, item
            continue
        first, there = by_code[row.code]
        if (there.name, there.level) != (item.name, item.level):
            faults.append(
                phrase(
                    "%(where)s: %(name)s has the code %(code)s of %(other)s (%(there)s)",
                    where=row.where,
                    name=item.name,
                    code=row.code,
                    other=there.name,
                    there=first.where,
                )
            )
            continue
        again.append(row)
        parts.setdefault(row.code, [there.area]).append(item.area)
    if again:
        warnings.append(_put_together(again))
    return [
        replace(item, area=_together(parts[code])) if code in parts else item
        for code, (_, item) in by_code.items()
    ]


def _together(areas: Sequence[shapely.Geometry]) -> shapely.MultiPolygon:
    """Return the polygons of areas taken together."""
    whole = shapely.union_all([shapely.make_valid(area) for area in areas])
    return shapely.MultiPolygon(
        [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    )


def _put_together(again: Sequence[Row]) -> Phrase:
    shown = ", ".join(f"{row.name} ({row.where})" for row in again[:_SHOWN])
    return phrase(
        "features of one name were put together as parts of one territory: %(count)s (%(names)s)",
        count=len(again),
        names=shown if len(again) <= _SHOWN else f"{shown}, …",
    )
