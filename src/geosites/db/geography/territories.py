"""Territories: some levels partition the city, others nest in them (`city.Level`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core import city
from geosites.core.records import Territory
from geosites.db import temporal
from geosites.db.schema.territories import territory as table
from geosites.db.schema.territories import territory_code
from geosites.db.temporal import known_at

if TYPE_CHECKING:
    import geopandas as gpd

COLUMNS = dict.fromkeys(("code", "level", "name", "label", "parent"), "object")
"""The columns of a frame of territories, the geometry aside."""


def of_levels(levels: Iterable[str] | None = None) -> sa.ColumnElement[bool]:
    """Return the condition for these levels; by default those that partition the city."""
    wanted = city.current().tiling if levels is None else levels
    return table.c.level.in_(list(wanted))


def put(
    conn: sa.Connection, territories: Iterable[Territory], at: dt.datetime | None = None
) -> int:
    """Record these territories under their codes; return how many changed."""
    changed = 0
    for territory in territories:
        conn.execute(insert(territory_code).values(code=territory.code).on_conflict_do_nothing())
        row = {name: getattr(territory, name) for name in Territory.__dataclass_fields__}
        changed += temporal.put(conn, table, row, at)
    return changed


def frame(
    conn: sa.Connection,
    levels: Iterable[str] | None = None,
    as_known_at: dt.datetime | None = None,
) -> gpd.GeoDataFrame:
    """Return the territories of these levels, by code; by default those that partition the city."""
    from geosites.db.postgres import geodataframes

    statement = (
        sa.select(
            *(table.c[name] for name in COLUMNS),
            sa.func.ST_AsBinary(table.c.area, type_=sa.LargeBinary),
        )
        .where(of_levels(levels), known_at(table, as_known_at))
        .order_by(table.c.code)
    )
    return geodataframes.read(conn, statement, COLUMNS)


def count(conn: sa.Connection) -> int:
    """Return how many territories are loaded."""
    statement = sa.select(sa.func.count()).select_from(table).where(known_at(table, None))
    return int(conn.execute(statement).scalar_one())


def names_at(conn: sa.Connection, point: shapely.Point) -> list[str]:
    """Return the names of the territories that hold a point (metres), the smallest first."""
    holds = sa.func.ST_Covers(table.c.area, temporal.stored_shape(point))
    statement = (
        sa.select(table.c.name)
        .where(known_at(table, None), holds)
        .order_by(sa.func.ST_Area(table.c.area))
    )
    return list(conn.execute(statement).scalars())


def code_at(conn: sa.Connection, point: shapely.Point) -> str | None:
    """Return the territory that contains a point (metres), of the partition, or None."""
    holds = sa.func.ST_Covers(table.c.area, temporal.stored_shape(point))
    statement = sa.select(sa.func.min(table.c.code)).where(
        known_at(table, None), holds, of_levels()
    )
    return conn.execute(statement).scalar()


def names(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> dict[str, str]:
    """Return the name of every territory by its code."""
    statement = sa.select(table.c.code, table.c.name).where(known_at(table, as_known_at))
    return {row.code: row.name for row in conn.execute(statement)}
