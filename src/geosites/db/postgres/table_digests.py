"""Row count and digest of every table; any change of a row changes the digest.

Two stores with the same rows have the same digests, whatever the order on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.schema.journal import SCHEMA

ALWAYS_FILLED = frozenset({"alembic_version", f"{SCHEMA}.head", "job_run"})
"""Tables that hold rows in a store into which nobody has put anything."""

_COLUMNS = """
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attname COLLATE "C")
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('public', :journal) AND c.relkind IN ('r', 'p') AND a.attgenerated = ''
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2 ORDER BY 1, 2
"""
"""Generated columns are left out: they are recomputed when a backup is restored."""

_PLAIN = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
"""Rows are digested as text, which must not depend on how somebody's session is set."""

_DIGEST = """
WITH hashed AS (
    SELECT encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex') AS hash
    FROM {table}
)
SELECT count(*), coalesce(sum(('x' || substr(hash, 1, 15))::bit(60)::bigint), 0),
       coalesce(sum(('x' || substr(hash, 16, 15))::bit(60)::bigint), 0)
FROM hashed
"""


@dataclass(frozen=True)
class Content:
    """What a table holds: `digest` is a sum over SHA-256 of its rows, in any order."""

    rows: int
    digest: str


Columns = Mapping[str, tuple[str, ...]]


def columns(conn: sa.Connection) -> Columns:
    """Return the columns of every table of ours, by the name of the table."""
    result = conn.execute(sa.text(_COLUMNS), {"journal": SCHEMA})
    return {
        table if schema == "public" else f"{schema}.{table}": tuple(names)
        for schema, table, names in result
    }


def contents(
    conn: sa.Connection,
    of: Columns | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Content]:
    """Return the contents of each table, only of these columns if they are given."""
    wanted = columns(conn) if of is None else of
    conn.execute(sa.select(*(sa.func.set_config(k, v, True) for k, v in _PLAIN.items())))
    result = {}
    for done, (table, names) in enumerate(wanted.items()):
        if progress is not None:
            progress(done, len(wanted))
        result[table] = _content(conn, table, names)
    return result


def is_empty(conn: sa.Connection) -> bool:
    """Return whether nobody has put anything into the database, with or without its schema."""
    quote = conn.dialect.identifier_preparer.quote
    for table in columns(conn):
        if table in ALWAYS_FILLED:
            continue
        name = ".".join(map(quote, table.split(".")))
        if conn.exec_driver_sql(f"SELECT EXISTS (SELECT FROM {name})").scalar_one():  # noqa: S608
            return False
    return True


def _content(conn: sa.Connection, table: str, names: tuple[str, ...]) -> Content:
    quote = conn.dialect.identifier_preparer.quote
    statement = _DIGEST.format(
        columns=", ".join(map(quote, names)), table=".".join(map(quote, table.split(".")))
    )
    rows, first, second = conn.exec_driver_sql(statement).one()
    return Content(int(rows), f"{int(first):x}-{int(second):x}")
