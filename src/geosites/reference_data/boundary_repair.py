"""Repair published boundaries to a valid coverage without gaps and overlaps.

Published outlines intersect themselves, and neighbours do not share every vertex of their border,
so that slivers belong to two territories or to none. Both are repaired when territories are loaded,
and reported; territories that overlap by more than slivers are refused by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import city, crs
from geosites.core.errors import Phrase, Refused, phrase
from geosites.core.records import Territory

GRID_M = 0.001
SLIVER_M = 10.0
"""An overlap or gap is a sliver where it is narrower than this; wider ones are not repaired."""

_LONG_M = 50.0
_LEAST_M2 = 1.0
_LEAST_M = 0.1
"""Minimum size and width of a territory."""

_MOST_OVERLAPS = 100
"""Number of overlapping pairs that are named."""

_MOST_NEIGHBOURS, _FEW_PAIRS = 20, 1000
"""On a map a territory has three neighbours that come after it, on average."""

_AT_ONCE = 50

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

Areas = npt.NDArray[np.object_]


class Coverage(NamedTuple):
    """Valid territories, and their repairs."""

    territories: list[Territory]
    warnings: tuple[Phrase, ...]


def made_coverage(
    territories: Sequence[Territory],
    tiling: Sequence[str] | None = None,
    metric: int | None = None,
) -> Coverage:
    """Return territories with valid outlines, and with common borders for those that partition the
    city.

    `tiling`: the levels of the partition, `metric` the reference system; by default those of the
    city.

    Raises `Refused` with every error that cannot be repaired, by code.
    """
    valid, warnings, faults = _made_valid(territories)
    levels = city.current().tiling if tiling is None else tiling
    tiles = sorted((item for item in valid if item.level in levels), key=lambda item: item.code)
    areas = np.array([item.area for item in tiles], dtype=object)
    if len(areas) and not faults and not shapely.coverage_is_valid(areas):
        faults += _wide_overlaps(tiles)
        if not faults:
            noded = _noded(areas)
            faults += _lost(tiles, noded)
            warnings += [*_told(tiles, noded)]
            by_code = dict(zip((item.code for item in tiles), noded, strict=True))
            valid = [
                replace(item, area=by_code[item.code]) if item.code in by_code else item
                for item in valid
            ]
    if faults:
        raise Refused("territories: %(faults)s", faults="; ".join(faults))
    warnings += _wide_gaps(areas, metric or city.metric())
    return Coverage(valid, tuple(warnings))


def _made_valid(
    territories: Sequence[Territory],
) -> tuple[list[Territory], list[Phrase], list[Phrase]]:
    """Return the territories with valid outlines, the repairs, and the remaining errors."""
    valid: list[Territory] = []
    warnings: list[Phrase] = []
    faults: list[Phrase] = []
    for item in territories:
        area = item.area
        if not area.is_valid:
            why = shapely.is_valid_reason(area)
            area = _areas_of(shapely.make_valid(area))
            warnings.append(
                phrase("territory %(code)s: %(why)s; repaired", code=item.code, why=why)
            )
        if not holds_ground(area):
            faults.append(phrase("territory %(code)s holds no ground", code=item.code))
        valid.append(replace(item, area=area))
    return valid, warnings, faults


def holds_ground(area: shapely.Geometry) -> bool:
    """Return whether a valid area in metres is more than a point or a line."""
    return bool(area.area >= _LEAST_M2) and _width_m(area) >= _LEAST_M


def _lost(tiles: Sequence[Territory], noded: Sequence[shapely.Geometry]) -> list[Phrase]:
    """Return the territories that are slivers themselves, and lost entirely."""
    return [
        phrase("territory %(code)s holds no ground", code=item.code)
        for item, area in zip(tiles, noded, strict=True)
        if not holds_ground(area)
    ]


def _areas_of(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a geometry, without its lines and points."""
    parts = shapely.get_parts(shape)
    parts = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), _POLYGONS)])
    return shapely.multipolygons(parts)


def _wide_overlaps(tiles: Sequence[Territory]) -> list[Phrase]:
    tree = shapely.STRtree([item.area for item in tiles])
    faults: list[Phrase] = []
    most = _MOST_NEIGHBOURS * len(tiles) + _FEW_PAIRS
    for number, (first, second) in enumerate(_neighbours(tree, tiles)):
        if number == most:
            faults.append(phrase("more than %(most)s pairs of territories touch", most=most))
        if len(faults) == _MOST_OVERLAPS:
            faults.insert(0, phrase("more than %(most)s pairs overlap", most=_MOST_OVERLAPS - 1))
        if number == most or len(faults) > _MOST_OVERLAPS:
            break
        both = _areas_of(tiles[first].area.intersection(tiles[second].area))
        if any(_width_m(part) > SLIVER_M for part in both.geoms):
            faults.append(
                phrase(
                    "%(first)s and %(second)s overlap by %(hectares)s ha",
                    first=tiles[first].code,
                    second=tiles[second].code,
                    hectares=round(both.area / 1e4, 2),
                )
            )
    return faults


def _wide_gaps(areas: Areas, metric: int) -> Iterator[Phrase]:
    """Yield a warning for each hole that no territory covers: an enclave, or one is missing."""
    for part in shapely.get_parts(shapely.union_all(areas)) if len(areas) else ():
        for ring in part.interiors:
            hole = shapely.Polygon(ring)
            if _width_m(hole) > SLIVER_M:
                middle = crs.brought(hole.point_on_surface(), metric, crs.GEOGRAPHIC)
                yield phrase(
                    "no territory covers %(hectares)s ha around %(lon)s, %(lat)s",
                    hectares=round(hole.area / 1e4, 1),
                    lon=round(middle.x, 4),
                    lat=round(middle.y, 4),
                )


def open_slivers(tiles: Sequence[Territory]) -> Iterator[Phrase]:
    """Yield one warning for all the slivers that no territory covers and that no ring encloses.

    Borders that meet at a sharp angle are as near to each other for some metres: those are none.
    """
    if not tiles:
        return
    edges = shapely.coverage_invalid_edges([item.area for item in tiles], gap_width=SLIVER_M)
    beside = [item.code for item, edge in zip(tiles, edges, strict=True) if edge.length > _LONG_M]
    if beside:
        yield phrase(
            "between territories there is ground of less than %(most)s m that none covers: "
            "%(codes)s",
            most=round(SLIVER_M),
            codes=", ".join(beside[:8]) + (", …" if len(beside) > 8 else ""),
        )


def _neighbours(tree: shapely.STRtree, tiles: Sequence[Territory]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(tiles), _AT_ONCE):
        some = [item.area for item in tiles[start : start + _AT_ONCE]]
        for first, second in tree.query(some, predicate="intersects").T.tolist():
            if start + first < second:
                yield start + first, second


def _width_m(shape: shapely.Geometry) -> float:
    """Return about how wide a shape is: twice its area by its length around."""
    return float(2 * shape.area / shape.length) if shape.length else 0.0


def _noded(areas: Areas) -> list[shapely.MultiPolygon]:
    """Return areas with common borders, vertex by vertex; each sliver is assigned to one neighbour.

    Overlaps are assigned to the first area, gaps to the one with the longest common border.
    """
    lines = shapely.union_all(shapely.boundary(areas), grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize([lines])), dtype=object)
    owner = np.full(len(faces), -1, dtype=np.int64)
    inside = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(areas).query(inside, predicate="intersects")
    for position in np.argsort(-area, kind="stable"):
        owner[face[position]] = area[position]
    for gap in np.flatnonzero(owner < 0).tolist():
        if _width_m(faces[gap]) <= SLIVER_M:
            owner[gap] = _closest(faces[gap], areas)
    noded = []
    for index in range(len(areas)):
        union = shapely.union_all(faces[owner == index])
        noded.append(shapely.multipolygons(shapely.get_parts(union)))
    return noded


def _closest(gap: shapely.Geometry, areas: Areas) -> int:
    near = shapely.STRtree(areas).query(gap, predicate="dwithin", distance=2 * GRID_M)
    if not len(near):
        return -1
    edges = shapely.buffer(shapely.boundary(areas[near]), 2 * GRID_M)
    return int(near[np.argmax(shapely.length(shapely.intersection(gap.boundary, edges)))])


def _told(tiles: Sequence[Territory], noded: Sequence[shapely.Geometry]) -> Iterator[Phrase]:
    """Yield one warning for all the borders, with the codes of the territories that changed."""
    changed = [
        item.code
        for item, area in zip(tiles, noded, strict=True)
        if not area.normalize().equals_exact(item.area.normalize(), GRID_M)
    ]
    shown = ", ".join(itertools.islice(changed, 8))
    yield phrase(
        "borders that neighbours did not share were noded, and slivers given to one of them: "
        "%(count)s territories (%(codes)s)",
        count=len(changed),
        codes=shown if len(changed) <= 8 else f"{shown}, …",
    )
