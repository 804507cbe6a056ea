"""The rows of a file in a temporary table: written by COPY, settled among themselves, then added.

Only what fits one block is ever held here; the database compares and counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, UUID, insert

from geosites.intake.tables import Target
from geosites.reports.identity import repeated
from geosites.store.schema import CURRENT

_LOCK = 7_205_175_100
"""Imports wait for one another under this number."""

_BATCH = 10_000
_WORK_MEMORY = "64MB"


def create(conn: sa.Connection, target: Target) -> None:
    """Make the temporary table, once no other import is under way."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    conn.execute(sa.select(sa.func.set_config("work_mem", _WORK_MEMORY, True)))
    conn.execute(sa.schema.DropTable(target.staged, if_exists=True))
    conn.execute(sa.schema.CreateTable(target.staged))


class Writer:
    """Writes tables of pyarrow into the staged table."""

    def __init__(self, copy: psycopg.Copy, columns: list[str]) -> None:
        self._copy = copy
        self._columns = columns

    def write(self, table: Any) -> None:
        """Write the rows of a table."""
        if len(table):
            sink = pa.BufferOutputStream()
            rows = table.select(self._columns)
            pa_csv.write_csv(rows, sink, pa_csv.WriteOptions(include_header=False))
            self._copy.write(sink.getvalue().to_pybytes())


@contextmanager
def writer(conn: sa.Connection, target: Target) -> Iterator[Writer]:
    """Open the staged table for writing; nothing else can be asked of `conn` meanwhile."""
    columns = [column.name for column in target.staged.c]
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(target.staged.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        yield Writer(copy, columns)


def analyse(conn: sa.Connection, target: Target) -> None:
    """Let the database learn what the staged rows are like."""
    conn.execute(sa.text(f"ANALYZE {target.staged.name}"))


def name_repeats(conn: sa.Connection, target: Target) -> None:
    """Give the second and later of identical rows without an id of their own ids of their own."""
    staged = target.staged
    twice = sa.select(staged.c.id).where(~staged.c.given).group_by(staged.c.id)
    ordinal = sa.func.row_number().over(partition_by=staged.c.id, order_by=staged.c.line) - 1
    numbered = (
        sa.select(staged.c.line, staged.c.id, ordinal.label("ordinal"))
        .where(~staged.c.given, staged.c.id.in_(twice.having(sa.func.count() > 1)))
        .subquery()
    )
    repeats = sa.select(numbered).where(numbered.c.ordinal > 0)
    result = conn.execute(repeats, execution_options={"yield_per": _BATCH})
    for batch in result.partitions():
        _rename(conn, staged, [(row.line, repeated(row.id, row.ordinal)) for row in batch])


def drop_alike(conn: sa.Connection, target: Target) -> None:
    """Keep one row of those that have the same id and say the same."""
    first, later = target.staged.alias("first"), target.staged.alias("later")
    lines = (
        sa.select(later.c.line)
        .join(first, sa.and_(first.c.id == later.c.id, first.c.line < later.c.line))
        .where(target.alike(first, later))
    )
    conn.execute(sa.delete(target.staged).where(target.staged.c.line.in_(lines)))


def new_rows(conn: sa.Connection, target: Target) -> int:
    """Return how many of the staged rows are not in the store."""
    statement = sa.select(sa.func.count()).where(~_is_there(target))
    return int(conn.execute(statement.select_from(target.staged)).scalar_one())


def add(conn: sa.Connection, target: Target) -> int:
    """Add the staged rows that are not in the store; return how many those were."""
    staged = target.staged
    rows = sa.select(staged.c.id, *target.made.values()).where(~_is_there(target))
    statement = insert(target.table).from_select(["id", *target.made], rows)
    statement = statement.on_conflict_do_nothing(index_elements=["id"], index_where=CURRENT)
    return conn.execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _is_there(target: Target) -> sa.ColumnElement[bool]:
    """Return the condition under which the store holds, or once held, a row of this id."""
    return sa.exists().where(target.table.c.id == target.staged.c.id)


def _rename(conn: sa.Connection, staged: sa.Table, names: list[tuple[int, Any]]) -> None:
    lines, ids = zip(*names, strict=True)
    arrays = (
        sa.cast(list(lines), ARRAY(sa.BigInteger)),
        sa.cast(list(ids), ARRAY(UUID(as_uuid=True))),
    )
    pairs = sa.func.unnest(*arrays).table_valued("line", "id", name="renamed").render_derived()
    conn.execute(sa.update(staged).where(staged.c.line == pairs.c.line).values(id=pairs.c.id))
