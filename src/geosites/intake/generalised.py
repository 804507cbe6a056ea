"""How precisely rows leave the store: as they are, or by cell of 100 metres.

One who sees by cell still sees exactly what their own unit reported. A row that is not theirs
loses its id too, since an id leads back to the exact row wherever else it is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from geosites.crs import METRIC
from geosites.store import schema

CELL_M = 100
HALF_DIAGONAL_M = 71.0
"""From the middle of a cell to its corner, rounded up: no closer is the place known."""


@dataclass(frozen=True, kw_only=True)
class View:
    """Who sees, and how: by cell unless `exact`, but their own `unit` exactly.

    `scope` are the territories they may see; none named is all.
    """

    exact: bool = True
    unit: str | None = None
    scope: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return what a file says of how precise it is."""
        return {
            "precision": "exact" if self.exact else f"cells of {CELL_M} m",
            "scope": list(self.scope),
        }


def sighting_columns(view: View) -> list[sa.ColumnElement[Any]]:
    """Return the columns id, x, y (metres) and accuracy_m of a sighting, as they are seen."""
    table = schema.sighting
    x, y = sa.func.ST_X(table.c.point), sa.func.ST_Y(table.c.point)
    given = {"id": table.c.id, "x": x, "y": y, "accuracy_m": table.c.accuracy_m}
    if view.exact:
        return [column.label(name) for name, column in given.items()]
    coarse = {
        "id": sa.null(),
        "x": _middle(x),
        "y": _middle(y),
        "accuracy_m": sa.func.greatest(table.c.accuracy_m, HALF_DIAGONAL_M),
    }
    own = table.c.unit == view.unit
    return [sa.case((own, given[name]), else_=coarse[name]).label(name) for name in given]


def operation_area(view: View) -> sa.ColumnElement[Any]:
    """Return the area of an operation, as it is seen: whole cells around it, if not exact."""
    table = schema.operation
    if view.exact:
        return table.c.area
    ends = [
        end(getattr(sa.func, f"ST_{name}")(table.c.area) / CELL_M) * CELL_M
        for name, end in (
            ("XMin", sa.func.floor),
            ("YMin", sa.func.floor),
            ("XMax", sa.func.ceil),
            ("YMax", sa.func.ceil),
        )
    ]
    around = sa.func.ST_Multi(sa.func.ST_MakeEnvelope(*ends, METRIC))
    return sa.case((table.c.unit == view.unit, table.c.area), else_=around)


def in_scope(territory: sa.ColumnElement[Any], view: View) -> list[sa.ColumnElement[bool]]:
    """Return the condition under which a row lies in the territories seen."""
    return [territory.in_(view.scope)] if view.scope else []


def area_in_scope(area: sa.ColumnElement[Any], view: View) -> list[sa.ColumnElement[bool]]:
    """Return the condition under which an area meets the territories seen."""
    if not view.scope:
        return []
    table = schema.territory
    return [
        sa.exists().where(
            table.c.code.in_(view.scope),
            sa.func.upper_inf(table.c.known),
            sa.func.ST_Intersects(table.c.area, area),
        )
    ]


def _middle(metres: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.floor(metres / CELL_M) * CELL_M + CELL_M / 2
