"""The ground of our maps as pictures, so that a stock page has a base as ours has."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw

SIDE = 256
PAPER, WATER, RAIL = "#fafbfd", "#cfe0ee", "#b4b2c6"
ROADS = {"motorway": ("#c3c8d3", 3), "main": ("#dfe1e9", 2), "street": ("#e6e8ee", 1)}

Tile = tuple[int, int, int]


def tiles(
    features: Sequence[dict[str, Any]], box: Sequence[float], zooms: range
) -> Iterator[tuple[Tile, bytes]]:
    """Yield each tile (zoom, column, row) of a box in degrees, and its picture (PNG)."""
    shapes = np.array([shapely.geometry.shape(one["geometry"]) for one in features])
    tree = shapely.STRtree(shapes)
    for zoom in zooms:
        west, north = _place(zoom, box[0], box[3])
        east, south = _place(zoom, box[2], box[1])
        for column in range(int(west), int(east) + 1):
            for row in range(int(north), int(south) + 1):
                yield (zoom, column, row), _picture(features, shapes, tree, (zoom, column, row))


def _place(zoom: int, lon: float, lat: float) -> tuple[float, float]:
    turn = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi
    return (lon + 180) / 360 * 2**zoom, (1 - turn) / 2 * 2**zoom


def _degrees(zoom: int, column: int, row: int) -> tuple[float, float]:
    turn = math.pi * (1 - 2 * row / 2**zoom)
    return column / 2**zoom * 360 - 180, math.degrees(math.atan(math.sinh(turn)))


def _picture(
    features: Sequence[dict[str, Any]], shapes: Any, tree: shapely.STRtree, tile: Tile
) -> bytes:
    zoom, column, row = tile
    (west, north), (east, south) = _degrees(*tile), _degrees(zoom, column + 1, row + 1)
    picture = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(picture)
    for number in np.sort(tree.query(shapely.box(west, south, east, north))):
        told = features[number]["properties"]
        for part in shapely.get_parts(shapes[number]):
            if part.geom_type == "Point":
                continue
            line = part.exterior if part.geom_type == "Polygon" else part
            spots = [
                ((x - column) * SIDE, (y - row) * SIDE)
                for x, y in (_place(zoom, *at[:2]) for at in line.coords)
            ]
            if part.geom_type == "Polygon":
                pen.polygon(spots, fill=WATER)
            elif told["kind"] == "road":
                colour, width = ROADS[told["level"]]
                pen.line(spots, fill=colour, width=width)
            elif told["kind"] == "rail":
                pen.line(spots, fill=RAIL, width=1)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
