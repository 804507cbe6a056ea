"""Staging table: rows loaded by COPY, checked against each other, then inserted.

At most one block is in memory; the database compares and counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy.dialects.postgresql import UUID, insert

from geosites.db.postgres.sql_types import AnySelect, driver_of
from geosites.db.schema.conventions import CURRENT
from geosites.imports.record_rows import ImportTarget
from geosites.validation.records.row_ids import repeated

_LOCK = 7_205_175_100
"""Imports wait for one another under this number."""

_BATCH = 10_000
_PIECES, _SMALLEST_PIECE = 20, 5_000
"""Maximum number of batches in which rows are added, and minimum number of rows in each."""

_WORK_MEMORY = "128MB"


def create(conn: sa.Connection, target: ImportTarget) -> None:
    """Make the temporary table, once no other import is under way."""
    wait_for_others(conn)
    conn.execute(sa.select(sa.func.set_config("work_mem", _WORK_MEMORY, True)))
    _create(conn, target.staged)


def wait_for_others(conn: sa.Connection) -> None:
    """Wait until no other import is under way or taken back, until the end of the transaction."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


class Writer:
    """Writes pyarrow tables to the staging table; each is converted to text in parallel with the
    next.
    """

    def __init__(self, copy: psycopg.Copy, columns: list[str], beside: Executor) -> None:
        self._copy = copy
        self._columns = columns
        self._beside = beside
        self._text: Future[bytes] | None = None

    def write(self, table: pa.Table) -> None:
        """Take the rows of a table, and send those of the one before."""
        if len(table):
            self.flush()
            self._text = self._beside.submit(_text, table.select(self._columns))

    def flush(self) -> None:
        """Send the pending data."""
        if self._text is not None:
            self._copy.write(self._text.result())
            self._text = None


def _text(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink, pa_csv.WriteOptions(include_header=False))
    text: bytes = sink.getvalue().to_pybytes()
    return text


@contextmanager
def writer(conn: sa.Connection, target: ImportTarget) -> Iterator[Writer]:
    """Open the staging table for writing; `conn` cannot be used otherwise meanwhile."""
    columns = [column.name for column in target.staged.c]
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        _copying(conn, target.staged, "FORMAT csv") as copy,
    ):
        opened = Writer(copy, columns, beside)
        yield opened
        opened.flush()


def analyse(conn: sa.Connection, target: ImportTarget) -> None:
    """Let the database learn what the staged rows are like."""
    conn.execute(sa.text(f"ANALYZE {target.staged.name}"))


def name_repeats(conn: sa.Connection, target: ImportTarget) -> None:
    """Give the second and later of identical rows without an id of their own ids of their own."""
    staged = target.staged
    renamed = sa.Table(
        "renamed",
        sa.MetaData(),
        sa.Column("line", sa.BigInteger),
        sa.Column("id", UUID(as_uuid=True)),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    _create(conn, renamed)
    result = conn.execute(_repeats(staged), execution_options={"yield_per": _BATCH})
    for batch in result.partitions():
        with _copying(conn, renamed, "FORMAT text") as copy:
            for row in batch:
                copy.write_row((row.line, repeated(row.id, row.ordinal)))
    conn.execute(sa.text("ANALYZE renamed"))
    same_line = staged.c.line == renamed.c.line
    conn.execute(sa.update(staged).where(same_line).values(id=renamed.c.id))


def drop_alike(conn: sa.Connection, target: ImportTarget) -> None:
    """Remove duplicates with the same id and content."""
    first, later = target.staged.alias("first"), target.staged.alias("later")
    lines = (
        sa.select(later.c.line)
        .join(first, sa.and_(first.c.id == later.c.id, first.c.line < later.c.line))
        .where(target.alike(first, later))
    )
    conn.execute(sa.delete(target.staged).where(target.staged.c.line.in_(lines)))


def oldest(conn: sa.Connection, target: ImportTarget) -> dt.datetime | None:
    """Return the instant of the first staged row; None where there is none."""
    named = ("observed_at", "started_at", "closed_from")
    column = next(target.staged.c[name] for name in named if name in target.staged.c)
    result: dt.datetime | None = conn.execute(sa.select(sa.func.min(column))).scalar_one()
    return result


def new_rows(conn: sa.Connection, target: ImportTarget) -> int:
    """Return how many of the staged rows are not in the store."""
    statement = sa.select(sa.func.count()).where(~is_there(target))
    return int(conn.execute(statement.select_from(target.staged)).scalar_one())


def add(conn: sa.Connection, target: ImportTarget, tell: Callable[[int], None]) -> int:
    """Add the staged rows that are not in the store; return their number.

    They are added in at most `_PIECES` batches by line; `tell` is called after each with the number
    of rows done. If the store has none of them, it is not queried again for each batch.
    """
    staged, added, done = target.staged, 0, 0
    tell(0)
    pieces = _pieces(conn, target)
    conn.execute(sa.text(f"CREATE INDEX ON {staged.name} USING brin (line)"))
    all_new = new_rows(conn, target) == sum(count for *_, count in pieces)
    wanted = sa.true() if all_new else ~is_there(target)
    for start, end, count in pieces:
        here = staged.c.line.between(start, end)
        rows = sa.select(staged.c.id, *target.made.values()).where(here, wanted)
        statement = insert(target.table).from_select(["id", *target.made], rows)
        statement = statement.on_conflict_do_nothing(index_elements=["id"], index_where=CURRENT)
        added += conn.execute(statement.execution_options(preserve_rowcount=True)).rowcount
        done += count
        tell(done)
    return added


def _pieces(conn: sa.Connection, target: ImportTarget) -> list[tuple[int, int, int]]:
    """Return the first and last line of each piece, and how many rows it has."""
    line = target.staged.c.line
    total = conn.execute(sa.select(sa.func.count(), sa.func.min(line), sa.func.max(line))).one()
    if not total[0]:
        return []
    pieces = min(_PIECES, -(-total[0] // _SMALLEST_PIECE))
    place = sa.func.width_bucket(line, total[1], total[2] + 1, pieces).label("place")
    columns = sa.func.min(line), sa.func.max(line), sa.func.count()
    rows = conn.execute(sa.select(place, *columns).group_by(place).order_by(place)).all()
    return [(row[1], row[2], row[3]) for row in rows]


def is_there(target: ImportTarget) -> sa.ColumnElement[bool]:
    """Return the condition that the store has, or once had, a row of this id."""
    return sa.exists().where(target.table.c.id == target.staged.c.id)


def _repeats(staged: sa.Table) -> AnySelect:
    """Return the rows with the same content as an earlier one, and the number of earlier ones."""
    twice = sa.select(staged.c.id).where(~staged.c.given).group_by(staged.c.id)
    ordinal = sa.func.row_number().over(partition_by=staged.c.id, order_by=staged.c.line) - 1
    numbered = (
        sa.select(staged.c.line, staged.c.id, ordinal.label("ordinal"))
        .where(~staged.c.given, staged.c.id.in_(twice.having(sa.func.count() > 1)))
        .subquery()
    )
    return sa.select(numbered).where(numbered.c.ordinal > 0)


def _create(conn: sa.Connection, table: sa.Table) -> None:
    conn.execute(sa.schema.DropTable(table, if_exists=True))
    conn.execute(sa.schema.CreateTable(table))


@contextmanager
def _copying(conn: sa.Connection, table: sa.Table, form: str) -> Iterator[psycopg.Copy]:
    """Open a table for rows by COPY, its columns in their order, sent by a thread of their own."""
    driver = driver_of(conn)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.c)
    statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
        sql.Identifier(table.name), columns, sql.SQL(form)
    )
    with (
        driver.cursor() as cursor,
        cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy,
    ):
        yield copy
