"""Parts of SQL statements whose columns are named at run time: no type says what they hold."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import psycopg
import sqlalchemy as sa

AnyColumn: TypeAlias = sa.ColumnElement[Any]
AnySelect: TypeAlias = sa.Select[*tuple[Any, ...]]
AnyRow: TypeAlias = sa.Row[*tuple[Any, ...]]
AnyType: TypeAlias = sa.types.TypeEngine[Any]
Driver: TypeAlias = psycopg.Connection[tuple[Any, ...]]
"""The connection of psycopg below one of SQLAlchemy."""


def driver_of(conn: sa.Connection) -> Driver:
    """Return the driver's own connection, for what SQLAlchemy does not hand on."""
    return cast("Driver", conn.connection.driver_connection)
