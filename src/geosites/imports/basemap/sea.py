"""Sea polygons from OpenStreetMap coastlines, which have land on their left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from geosites.imports.basemap.frames import frames_of

Objects = npt.NDArray[np.object_]

_COAST = """other_tags LIKE '%"natural"=>"coastline"%'"""
_ISLAND = "natural = 'coastline'"
_AROUND_DEG = 0.03
"""So far from a coast the sea is drawn where no area is given: 2 to 3 km."""

_BESIDE_DEG = 1e-6
_TOUCHES_DEG = 1e-9


def sea_of(path: Path, area: shapely.Geometry | None) -> list[shapely.Geometry]:
    """Return the sea of an extract in the box around an area in degrees; nothing inland."""
    box = None if area is None else shapely.box(*area.bounds)
    lines = _shapes(path, "lines", box, _COAST)
    islands = _shapes(path, "multipolygons", box, _ISLAND)
    if not len(lines) and not len(islands):
        return []
    if box is None:
        bounds = shapely.total_bounds(np.concatenate([lines, islands]))
        box = shapely.box(*bounds + np.array([-1, -1, 1, 1]) * _AROUND_DEG)
    return sea(lines, islands, box)


def sea(lines: Objects, islands: Objects, box: shapely.Polygon) -> list[shapely.Geometry]:
    """Return the areas of a box to the right of coastlines, without islands.

    A coast that is cut off by the extract is closed by the shortest line out of the box.
    """
    faces = [box] if not len(lines) else _right_of(lines, box)
    wet = shapely.difference(shapely.union_all(faces), shapely.union_all(islands))
    parts = shapely.get_parts(wet)
    return list(parts[shapely.get_dimensions(parts) == 2])


def _right_of(lines: Objects, box: shapely.Polygon) -> list[shapely.Geometry]:
    inside = shapely.intersection(shapely.union_all(lines), box)
    coasts = shapely.get_parts(shapely.line_merge(inside))
    coasts = coasts[shapely.get_dimensions(coasts) == 1]
    edges = [box.exterior, *coasts, *_ways_out(coasts, box)]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(edges)]))
    if not len(faces):
        return []
    tree = shapely.STRtree(faces)
    wet = np.zeros(len(faces))
    for side, weight in ((-1, 1), (1, -1)):
        _, face = tree.query(_beside(lines, side), predicate="within")
        np.add.at(wet, face, weight)
    return list(faces[wet > 0])


def _ways_out(coasts: Objects, box: shapely.Polygon) -> list[shapely.LineString]:
    """Return a line to the edge of the box from each end of a coast inside it."""
    open_ends = coasts[~shapely.is_ring(coasts)]
    ends = np.concatenate([shapely.get_point(open_ends, 0), shapely.get_point(open_ends, -1)])
    ends = ends[shapely.distance(ends, box.exterior) > _TOUCHES_DEG]
    return list(shapely.shortest_line(ends, box.exterior))


def _beside(lines: Objects, side: int) -> Objects:
    """Return a point just left (1) or right (-1) of the middle of each stretch of lines."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    start, step = xy[:-1][same], np.diff(xy, axis=0)[same]
    length = np.maximum(np.hypot(*step.T), _TOUCHES_DEG)[:, None]
    across = side * np.column_stack([-step[:, 1], step[:, 0]]) / length
    points: Objects = shapely.points(start + step / 2 + across * _BESIDE_DEG)
    return points


def _shapes(
    path: Path, layer: str, box: shapely.Geometry | None, where: str
) -> npt.NDArray[np.object_]:
    columns = ["other_tags"] if layer == "lines" else ["natural"]
    found = [
        frame.geometry.to_numpy() for frame in frames_of(path, layer, columns, box, where=where)
    ]
    return np.concatenate([np.empty(0, dtype=object), *found])
