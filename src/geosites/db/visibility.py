"""Row visibility: exact positions, cells of 100 metres, or territories, by viewer.

Filters and counts apply to the visible positions, never to the exact ones: otherwise a viewer could
locate an exact point by repeated queries with small boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core import city
from geosites.core.precision import CELL_M, Precision
from geosites.db.postgres.sql_types import AnyColumn
from geosites.db.schema.territories import territory
from geosites.db.temporal import known_at

Column = AnyColumn


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a viewer sees: precision, the `unit` whose rows are exact, territories.

    An empty `scope` is everywhere.
    """

    precision: Precision = Precision.EXACT
    unit: str | None = None
    scope: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether everything is seen as it was recorded."""
        return self.precision is Precision.EXACT

    @property
    def coarse(self) -> bool:
        """Whether no place finer than a territory is seen."""
        return self.precision is Precision.TERRITORY


def own(unit: Column, seen: Sight) -> sa.ColumnElement[bool]:
    """Return the condition that a row was reported by the viewer's own unit.

    A row without a unit never is, even if the viewer has none.
    """
    return unit == seen.unit if seen.unit else sa.false()


def cell_of(point: Column) -> tuple[Column, Column]:
    """Return the column and the row of the cell that holds a point."""
    return _cell(sa.func.ST_X(point)), _cell(sa.func.ST_Y(point))


def middle_of(column: Column, row: Column) -> Column:
    """Return the middle of a cell."""
    at = [number * CELL_M + CELL_M / 2 for number in (column, row)]
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(*at), city.metric())


def cell_centre(point: Column) -> Column:
    """Return the middle of the cell that holds a point."""
    return middle_of(*cell_of(point))


def cells_around(area: Column) -> Column:
    """Return the smallest rectangle of whole cells that holds an area."""
    low = [sa.func.floor(end(area) / CELL_M) * CELL_M for end in (sa.func.ST_XMin, sa.func.ST_YMin)]
    high = [sa.func.ceil(end(area) / CELL_M) * CELL_M for end in (sa.func.ST_XMax, sa.func.ST_YMax)]
    return sa.func.ST_Multi(sa.func.ST_MakeEnvelope(*low, *high, city.metric()))


def territory_area(code: Column) -> Column:
    """Return the area of the territory of a code, as known now."""
    result = sa.select(territory.c.area).where(territory.c.code == code, known_at(territory, None))
    return result.scalar_subquery()


def within(code: Column, scope: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a row of this territory is in the scope."""
    return [code.in_(scope)] if scope else []


def area_within(area: Column, scope: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which an area meets a territory of the scope."""
    if not scope:
        return []
    met = sa.func.ST_Intersects(territory.c.area, area)
    return [sa.exists().where(territory.c.code.in_(scope), known_at(territory, None), met)]


def _cell(metres: Column) -> Column:
    return sa.func.floor(metres / CELL_M)
