"""Tiles of the built street map for printed maps. Public data, replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.schema.conventions import metadata

_ROWS = 500

table = sa.Table(
    "street_tile",
    metadata,
    sa.Column("zoom", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("x", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("y", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""Vector tiles as `basemap build` writes them, compressed; rows count from the north."""

Square = tuple[int, int, int, int]
"""The first column and row, and the last."""


@dataclass(frozen=True)
class StreetTile:
    """One tile: its zoom, column and row from the north, and its compressed bytes."""

    zoom: int
    x: int
    y: int
    data: bytes


def put(conn: sa.Connection, tiles: Iterable[StreetTile]) -> int:
    """Make these the tiles, in place of all others; return how many there are."""
    conn.execute(sa.delete(table))
    count, batch = 0, []
    for tile in tiles:
        batch.append(vars(tile))
        count += 1
        if len(batch) == _ROWS:
            conn.execute(sa.insert(table), batch)
            batch.clear()
    if batch:
        conn.execute(sa.insert(table), batch)
    return count


def size(conn: sa.Connection, zoom: int, square: Square) -> int:
    """Return how many bytes the tiles of a zoom in a square have."""
    total = sa.select(sa.func.coalesce(sa.func.sum(sa.func.octet_length(table.c.data)), 0))
    return int(conn.execute(total.where(*_in(zoom, square))).scalar_one())


def get(conn: sa.Connection, zoom: int, square: Square) -> list[StreetTile]:
    """Return the tiles of a zoom in a square, column by column."""
    rows = conn.execute(sa.select(table).where(*_in(zoom, square)).order_by(table.c.x, table.c.y))
    return [StreetTile(row.zoom, row.x, row.y, row.data) for row in rows]


def _in(zoom: int, square: Square) -> tuple[sa.ColumnElement[bool], ...]:
    west, north, east, south = square
    at = table.c
    return at.zoom == zoom, at.x.between(west, east), at.y.between(north, south)
