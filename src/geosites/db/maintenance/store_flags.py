"""Flags that the store keeps about itself."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from geosites.db.postgres.compiled import Compiled
from geosites.db.schema.store_flags import mark

EXERCISE = "exercise"
CALENDAR = "exercise calendar"
LOADED = "exercise loaded"
CITY = "city"


def put(conn: sa.Connection, name: str, value: str) -> None:
    """Store `value` under `name`, replacing any other."""
    statement = insert(mark).values(name=name, value=value)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def lock(conn: sa.Connection, name: str) -> None:
    """Let one transaction at a time remember something under `name`, until the end of it."""
    key = sa.func.hashtextextended(f"mark {name}", 0)
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def get(conn: sa.Connection, name: str) -> str | None:
    """Return the value stored under `name`, or None."""
    for (value,) in _GET.rows(conn, name=name):
        return str(value)
    return None


_GET = Compiled.once(sa.select(mark.c.value).where(mark.c.name == sa.bindparam("name")))
"""Used by each report and query, so it is built once."""


IS_EXERCISE = sa.select(sa.exists().where(mark.c.name == EXERCISE)).scalar_subquery()
"""Column: whether the store has a fictional exercise, to be read with other values."""


CALENDAR_UNTIL = (
    sa.select(sa.cast(sa.cast(mark.c.value, JSONB)["until"].astext, sa.DateTime(timezone=True)))
    .where(mark.c.name == CALENDAR)
    .scalar_subquery()
)
"""Column: the end of the exercise so far; null without a calendar."""


_ASK_IF_EXERCISE: sa.Select[bool] = sa.select(IS_EXERCISE)


def is_exercise(conn: sa.Connection) -> bool:
    """Return whether the store has a fictional exercise, which all output must indicate."""
    return conn.execute(_ASK_IF_EXERCISE).scalar_one()


def under(conn: sa.Connection, prefix: str) -> list[str]:
    """Return what follows `prefix` in each name that begins with it."""
    result = sa.select(mark.c.name).where(mark.c.name.startswith(prefix, autoescape=True))
    names = conn.execute(result.order_by(mark.c.name)).scalars()
    return [name.removeprefix(prefix) for name in names]


def remove(conn: sa.Connection, name: str) -> bool:
    """Delete the value under `name`; return whether there was one."""
    return conn.execute(sa.delete(mark).where(mark.c.name == name)).rowcount > 0
