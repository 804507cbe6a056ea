"""Releases to partners: the exact rows of each week, and the documents of each event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert

from geosites.core.documents.weeks import TerritoryRow
from geosites.core.weeks import IsoWeek
from geosites.db.schema.conventions import metadata

Rows = list[TerritoryRow]

table = sa.Table(
    "week_release",
    metadata,
    sa.Column("monday", sa.Date, primary_key=True),
    sa.Column("released_at", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("rows", JSONB, nullable=False),
)
"""One row for each time the figures of a week were released to partners; rows are only added."""

event = sa.Table(
    "event_release",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("document", JSONB, nullable=False),
)
"""Documents released to partners for each event, as in the API; a row is added once."""


@dataclass(frozen=True)
class Release:
    """The rows of the territories of a week, and since when partners see them."""

    week: IsoWeek
    released_at: dt.datetime
    rows: Rows


def latest(conn: sa.Connection, weeks: Sequence[IsoWeek]) -> dict[IsoWeek, Release]:
    """Return the newest release of each week that has one."""
    statement = (
        sa.select(table)
        .ext(distinct_on(table.c.monday))
        .where(table.c.monday.in_([week.monday for week in weeks]))
        .order_by(table.c.monday, table.c.released_at.desc())
    )
    result = (
        Release(IsoWeek.of_day(row.monday), row.released_at, row.rows)
        for row in conn.execute(statement)
    )
    return {release.week: release for release in result}


_KEY = sa.func.hashtextextended("week_release", 0)


def lock(conn: sa.Connection) -> None:
    """Let one transaction at a time release weeks, until its end."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_KEY)))


def try_lock(conn: sa.Connection) -> bool:
    """Do as `lock` where nobody else releases weeks; return whether it is so."""
    return bool(conn.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_KEY))).scalar_one())


def add(conn: sa.Connection, fresh: Sequence[Release]) -> None:
    """Store releases; the same week and instant twice is one."""
    rows = [
        {"monday": item.week.monday, "released_at": item.released_at, "rows": item.rows}
        for item in fresh
    ]
    if rows:
        conn.execute(insert(table).on_conflict_do_nothing(), rows)


def of_event(conn: sa.Connection, key: str) -> Mapping[str, object] | None:
    """Return the document released to partners for an event, or None."""
    statement = sa.select(event.c.document).where(event.c.event == key)
    return conn.execute(statement).scalar_one_or_none()


def add_event(
    conn: sa.Connection, key: str, released_at: dt.datetime, document: Mapping[str, object]
) -> None:
    """Store the document released to partners for an event; the first one is kept."""
    row = {"event": key, "released_at": released_at, "document": document}
    conn.execute(insert(event).values(row).on_conflict_do_nothing())
