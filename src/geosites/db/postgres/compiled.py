"""Precompiled statements, executed without SQLAlchemy's overhead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from geosites.core import deadline
from geosites.db.postgres.sql_types import AnySelect, Runner, Values, driver_of

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A statement for the driver, and its bound values by name.

    Values are passed to the driver unchanged, so each must be of a type that it supports.
    """

    text: bytes
    values: Mapping[str, object]

    @classmethod
    def of(cls, conn: sa.Connection, statement: AnySelect) -> Compiled:
        """Return a statement compiled for the database of a connection.

        Parameters given at execution are bound to None until then, since otherwise a list among
        them could not be expanded.
        """
        made = statement.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
        return cls(str(made).encode(), dict(made.params))

    @classmethod
    def once(cls, statement: AnySelect) -> Compiled:
        """Return a statement compiled for any database, to be stored in a module."""
        made = statement.compile(dialect=_DIALECT)
        return cls(str(made).encode(), dict(made.params))

    def row(self, conn: Runner, **changed: object) -> Values:
        """Return the one row that comes, with some values changed."""
        (row,) = self.rows(conn, **changed)
        return row

    def rows(self, conn: Runner, **changed: object) -> list[Values]:
        """Return the rows that come, with some values changed."""
        deadline.check()
        driver = driver_of(conn)
        with driver.cursor(binary=True) as cursor:
            cursor.execute(self.text, {**self.values, **changed})
            return cursor.fetchall()
