"""Types of SQL statements whose columns are named at run time."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import psycopg
import sqlalchemy as sa

AnyColumn: TypeAlias = sa.ColumnElement[Any]
AnySelect: TypeAlias = sa.Select[*tuple[Any, ...]]
AnyRow: TypeAlias = sa.Row[*tuple[Any, ...]]
AnyType: TypeAlias = sa.types.TypeEngine[Any]
Values: TypeAlias = tuple[Any, ...]
Driver: TypeAlias = psycopg.Connection[Values]
"""The connection of psycopg below one of SQLAlchemy."""

Runner: TypeAlias = sa.Connection | Driver
"""What a compiled statement runs on: a transaction, or a connection of the driver itself."""


def driver_of(conn: Runner) -> Driver:
    """Return the driver's own connection, for features that SQLAlchemy does not expose."""
    if isinstance(conn, psycopg.Connection):
        return conn
    return cast("Driver", conn.connection.driver_connection)
