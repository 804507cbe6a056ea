"""Administrative levels of a city: those that cover it once, and those nested in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import shapely

from geosites.imports.city.boundary_files import OSM_LEVEL, BoundaryFile
from geosites.imports.city.fields import text_of
from geosites.imports.city.level_words import words_of

_NESTED = 0.9
"""Minimum share of a level inside a coarser one for it to nest in it."""


class Leveled(Protocol):
    """A feature of a level."""

    @property
    def level(self) -> str:
        """Its properties."""

    @property
    def area(self) -> shapely.Geometry:
        """Its area, in degrees."""


def levels_of(declared: object, rows: Sequence[Leveled]) -> list[dict[str, object]]:
    """Return the levels for `city.toml`: declared ones, and others found in the rows.

    Undeclared levels inside another one nest in it.
    """
    given = [dict(level) for level in declared] if isinstance(declared, list) else []
    known = {str(level.get("id")) for level in given}
    found = list(dict.fromkeys(row.level for row in rows))
    fresh = [level for level in found if level not in known]
    areas = {level: _all_of(level, rows) for level in found}
    for level in fresh:
        around = [other for other in found if other != level and _lies_in(areas, level, other)]
        given.append({"id": level, "tiles": not around, **words_of(level)})
    return given


def osm_level(file: BoundaryFile) -> str:
    """Return the finest administrative level that covers most of a coarser one, or the finest."""
    levels = [text_of(value) for value in file.columns[OSM_LEVEL]]
    numbers = sorted({int(level) for level in levels if level.isdecimal()})
    cover = {
        number: _union(file.areas[[level == str(number) for level in levels]].tolist())
        for number in numbers
    }
    for fine in reversed(numbers):
        for coarse in numbers:
            if coarse < fine and _share(cover[coarse], cover[fine]) >= _NESTED:
                return str(fine)
    return str(numbers[-1]) if numbers else levels[0]


def _all_of(level: str, rows: Sequence[Leveled]) -> tuple[shapely.Geometry, float]:
    mine = [row.area for row in rows if row.level == level]
    return _union(mine), float(np.mean(shapely.area(mine)))


def _lies_in(areas: dict[str, tuple[shapely.Geometry, float]], level: str, other: str) -> bool:
    (mine, size), (theirs, other_size) = areas[level], areas[other]
    return size < other_size and _share(mine, theirs) >= _NESTED


def _union(areas: Sequence[shapely.Geometry | None]) -> shapely.Geometry:
    return shapely.union_all([shapely.make_valid(area) for area in areas if area is not None])


def _share(area: shapely.Geometry, held_by: shapely.Geometry) -> float:
    """Return the share of an area inside another."""
    return float(shapely.intersection(area, held_by).area / area.area) if area.area else 0.0
