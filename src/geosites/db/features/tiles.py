"""Vector tiles made by the database, simplified for the zoom at which they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.db.features.geojson_pages import Condition, FeatureSource
from geosites.db.geography.areas import metric_box, widened
from geosites.db.postgres.compiled import Compiled
from geosites.db.postgres.sql_types import AnyColumn, AnySelect
from geosites.db.visibility import middle_of

EXTENT, BUFFER = 4096, 64
MERCATOR = 3857
_WORLD_M = 2 * 20037508.342789244
_CELLS = 64
"""Where features are summed, a tile is so many cells wide."""

Column = AnyColumn
Place = tuple[int, int, int]
"""Which tile: zoom, row, column."""

_ZOOM: Column = sa.bindparam("z", None, type_=sa.Integer())
_ROW: Column = sa.bindparam("row", None, type_=sa.Integer())
_COLUMN: Column = sa.bindparam("col", None, type_=sa.Integer())
_CELL: Column = sa.bindparam("cell_m", None, type_=sa.Double())
_TOLERANCE: Column = sa.bindparam("tolerance_m", None, type_=sa.Double())
_NEAR = sa.bindparam("near", None, type_=sa.LargeBinary())


_AS_TILES_ARE_MADE = {
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",
}
"""A tile is soon made, and many are asked for at a time.

To start other processes for it or to compile its expressions takes longer than it saves; and a plan
for any tile would work out the bounds of the tile anew for every row.
"""

_SETTING = ", ".join(f"set_config('{k}', '{v}', true)" for k, v in _AS_TILES_ARE_MADE.items())
_SET = Compiled(f"SELECT {_SETTING}".encode(), {})


@dataclass(frozen=True, eq=False)
class Drawing:
    """A question for tiles of a source, ready to be asked for any tile."""

    compiled: Compiled
    reach_m: float

    def tile(self, conn: sa.Connection, at: Place) -> bytes:
        """Return a tile; empty without any feature."""
        zoom, row, column = at
        size_m = _WORLD_M / 2**zoom
        near = _near(at, size_m, self.reach_m)
        if near.is_empty:
            return b""
        _SET.row(conn)
        (body,) = self.compiled.row(
            conn,
            z=zoom,
            row=row,
            col=column,
            cell_m=size_m / _CELLS,
            tolerance_m=size_m / EXTENT / 2,
            near=shapely.to_wkb(near),
        )
        return bytes(body)


def each(
    conn: sa.Connection, source: FeatureSource, where: Sequence[Condition], layer: str
) -> Drawing:
    """Return the question for tiles with every feature that meets them.

    Lines and areas lose what is smaller than half a unit of the tile.
    """
    rows = source.rows
    inside = (
        sa.select(
            _on_tile(_shape(source)).label("mvt"),
            sa.cast(rows.c.id, sa.Text).label("id"),
            *(rows.c[name] for name in source.properties),
        )
        .where(_meets(source), *where)
        .subquery("features")
    )
    return _drawing(conn, source, inside, layer)


def summed(
    conn: sa.Connection, source: FeatureSource, where: Sequence[Condition], layer: str, total: str
) -> Drawing:
    """Return the question for tiles with points summed by cells of them.

    Each cell that holds any is one point in its middle, with `count` and the sum of `total`.
    """
    held = _counted(source, [_meets(source), *where], total).subquery("held")
    middle = sa.func.ST_MakePoint((held.c.x + 0.5) * _CELL, (held.c.y + 0.5) * _CELL)
    inside = (
        sa.select(
            _on_tile(sa.func.ST_SetSRID(middle, MERCATOR)).label("mvt"),
            sa.cast(sa.func.sum(held.c.count), sa.BigInteger).label("count"),
            sa.cast(sa.func.sum(held.c.total), sa.BigInteger).label(total),
        )
        .group_by(held.c.x, held.c.y)
        .subquery("features")
    )
    return _drawing(conn, source, inside, layer)


def _counted(source: FeatureSource, where: Sequence[Condition], total: str) -> AnySelect:
    """Return cells of the tile as `x` and `y` with a `count` and a `total`, some more than once.

    Features seen in the middle of a cell are first counted by that: to bring a position of each of
    them to the reference of the tile would take most of the time.
    """
    rows = source.rows.c
    if source.cell is None:
        return sa.select(
            *_tile_cell(_shape(source)),
            sa.literal_column("1").label("count"),
            rows[total].label("total"),
        ).where(*where)
    column, row = (rows[name] for name in source.cell)
    there = [sa.case((column.is_(None), at)) for at in _tile_cell(_shape(source))]
    alike = (
        sa.select(
            column.label("column"),
            row.label("row"),
            *(at.label(name) for name, at in zip("xy", there, strict=True)),
            sa.func.count().label("count"),
            sa.func.sum(rows[total]).label("total"),
        )
        .where(*where)
        .group_by(column, row, *there)
        .subquery("alike")
    )
    middle = sa.func.ST_Transform(middle_of(alike.c.column, alike.c.row), MERCATOR)
    placed = sa.select(alike, middle.label("middle")).offset(0).subquery("placed")  # once a cell
    at = zip((placed.c.x, placed.c.y), _tile_cell(placed.c.middle), strict=True)
    return sa.select(
        *(
            sa.func.coalesce(own, cell).label(name)
            for name, (own, cell) in zip("xy", at, strict=True)
        ),
        placed.c.count,
        placed.c.total,
    )


def _tile_cell(shape: Column) -> tuple[Column, Column]:
    """Return the column and the row of the cell of a tile that holds a point."""
    x, y = (sa.func.floor(at(shape) / _CELL) for at in (sa.func.ST_X, sa.func.ST_Y))
    return x.label("x"), y.label("y")


def _drawing(
    conn: sa.Connection, source: FeatureSource, inside: sa.Subquery, layer: str
) -> Drawing:
    """Return the question; rows that miss the tile have no geometry, and are left out by it."""
    made = sa.func.ST_AsMVT(inside.table_valued(), layer, EXTENT, "mvt", type_=sa.LargeBinary)
    return Drawing(Compiled.of(conn, sa.select(made)), source.reach_m)


def _on_tile(shape: Column) -> Column:
    bounds = sa.func.ST_TileEnvelope(_ZOOM, _COLUMN, _ROW)
    return sa.func.ST_AsMVTGeom(shape, bounds, EXTENT, BUFFER, True)


def _shape(source: FeatureSource) -> Column:
    if source.mercator is not None:
        return source.rows.c[source.mercator]
    moved = sa.func.ST_Transform(source.geometry, MERCATOR)
    return sa.func.ST_SimplifyPreserveTopology(moved, _TOLERANCE)


def _meets(source: FeatureSource) -> Condition:
    """Return the condition under which a feature may meet a tile; its edge decides later."""
    column = source.geometry if source.indexed is None else source.rows.c[source.indexed]
    return column.op("&&")(sa.func.ST_GeomFromWKB(_NEAR, city.metric()))


def _near(at: Place, size_m: float, reach_m: float) -> shapely.Geometry:
    """Return the ground of a tile with its margin, and as much wider as positions are moved."""
    _, row, column = at
    west, north = column * size_m - _WORLD_M / 2, _WORLD_M / 2 - row * size_m
    margin = size_m * BUFFER / EXTENT
    low, high = (west - margin, north - size_m - margin), (west + size_m + margin, north + margin)
    ground = metric_box(low, high, MERCATOR)
    return ground if ground.is_empty else widened(ground, reach_m)
