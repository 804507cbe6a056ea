"""Vector tiles made by the database, simplified for the zoom at which they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from geosites.store.areas import metric_box, widened
from geosites.store.features import Condition, Source
from geosites.store.shapes import bound_shape
from geosites.store.statements import Compiled

EXTENT, BUFFER = 4096, 64
MERCATOR = 3857
_WORLD_M = 2 * 20037508.342789244
_CELLS = 64
"""Where features are summed, a tile is so many cells wide."""

Column = sa.ColumnElement[Any]


def tile(
    conn: sa.Connection,
    source: Source,
    where: Sequence[Condition],
    layer: str,
    at: tuple[int, int, int],
) -> bytes:
    """Return the tile at (zoom, row, column) with every feature that meets it; empty without any.

    Lines and areas lose what is smaller than half a unit of the tile.
    """
    zoom, row, column = at
    bounds = sa.func.ST_TileEnvelope(zoom, column, row)
    rows = source.rows
    shape = _shape(source, zoom)
    inside = (
        sa.select(
            sa.func.ST_AsMVTGeom(shape, bounds, EXTENT, BUFFER, True).label("mvt"),
            sa.cast(rows.c.id, sa.Text).label("id"),
            *(rows.c[name] for name in source.properties),
        )
        .where(*_near(source, at), *where)
        .subquery("features")
    )
    return _encoded(conn, inside, layer)


def summed(
    conn: sa.Connection,
    source: Source,
    where: Sequence[Condition],
    layer: str,
    at: tuple[int, int, int],
    total: str,
) -> bytes:
    """Return the tile at (zoom, row, column) with points summed by cells of it.

    Each cell that holds any is one point in its middle, with `count` and the sum of `total`.
    """
    zoom, row, column = at
    rows = source.rows
    shape = _shape(source, zoom)
    size = _WORLD_M / 2**zoom / _CELLS
    held = (
        sa.select(
            sa.func.floor(sa.func.ST_X(shape) / size).label("x"),
            sa.func.floor(sa.func.ST_Y(shape) / size).label("y"),
            rows.c[total].label("total"),
        )
        .where(*_near(source, at), *where)
        .subquery("held")
    )
    middle = sa.func.ST_MakePoint((held.c.x + 0.5) * size, (held.c.y + 0.5) * size)
    bounds = sa.func.ST_TileEnvelope(zoom, column, row)
    placed = sa.func.ST_AsMVTGeom(
        sa.func.ST_SetSRID(middle, MERCATOR), bounds, EXTENT, BUFFER, True
    )
    inside = (
        sa.select(
            placed.label("mvt"),
            sa.func.count().label("count"),
            sa.cast(sa.func.sum(held.c.total), sa.BigInteger).label(total),
        )
        .group_by(held.c.x, held.c.y)
        .subquery("features")
    )
    return _encoded(conn, inside, layer)


def _encoded(conn: sa.Connection, inside: sa.Subquery, layer: str) -> bytes:
    kept = sa.select(inside).where(inside.c.mvt.is_not(None)).subquery("layer")
    made = sa.func.ST_AsMVT(kept.table_valued(), layer, EXTENT, "mvt", type_=sa.LargeBinary)
    (found,) = Compiled.of(conn, sa.select(made)).row(conn)
    return bytes(found)


def _shape(source: Source, zoom: int) -> Column:
    if source.mercator is not None:
        return source.rows.c[source.mercator]
    tolerance_m = _WORLD_M / 2**zoom / EXTENT / 2
    moved = sa.func.ST_Transform(source.geometry, MERCATOR)
    return sa.func.ST_SimplifyPreserveTopology(moved, tolerance_m)


def _near(source: Source, at: tuple[int, int, int]) -> list[Condition]:
    """Return the conditions under which a feature may meet a tile; its edge decides later."""
    zoom, row, column = at
    size = _WORLD_M / 2**zoom
    west, north = column * size - _WORLD_M / 2, _WORLD_M / 2 - row * size
    margin = size * BUFFER / EXTENT
    low, high = (west - margin, north - size - margin), (west + size + margin, north + margin)
    ground = metric_box(low, high, MERCATOR)
    if ground.is_empty:
        return [sa.false()]
    column_of = source.geometry if source.indexed is None else source.rows.c[source.indexed]
    return [column_of.op("&&")(bound_shape(widened(ground, source.reach_m)))]
