"""Withdraw closures that were declared by mistake, and restore them.

A closure that is lifted was in force until then. One that is withdrawn counts nowhere; queries as
of an earlier instant still return it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from geosites.core.closure_acts import ClosureAct, ClosureActKind
from geosites.core.errors import NotFound, Outdated
from geosites.core.records import Closure
from geosites.db import temporal
from geosites.db.closure import closures
from geosites.db.publication import alarm_outbox, changes
from geosites.db.schema.closures import closure as table
from geosites.db.schema.sites import site
from geosites.db.temporal import known_at


@dataclass(frozen=True, kw_only=True)
class WithdrawnClosure:
    """A withdrawn closure, and the period during which it was valid."""

    closure: Closure
    since: dt.datetime
    until: dt.datetime


def withdraw(
    conn: sa.Connection, act: ClosureAct, seen: dt.datetime, at: dt.datetime | None = None
) -> Closure:
    """Withdraw a closure from `at` on, and return it; earlier states remain.

    Raises `Outdated` if it is not the version known since `seen`. The change is published to
    followers; waiting alarms of its site are not sent.
    """
    closures.require_kind(act, ClosureActKind.WITHDRAWN)
    temporal.require_version(conn, table, {"id": act.closure}, seen)
    there = closures.get(conn, act.closure)
    instant = at or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    temporal.close(conn, table, {"id": there.id}, instant)
    closures.note(conn, act, instant)
    territory = sa.select(site.c.territory).where(site.c.slug == there.site, known_at(site, None))
    changes.note(
        conn,
        changes.ChangeKind.CLOSURE_CHANGED,
        site=there.site,
        territory=conn.execute(territory).scalar(),
        ids=[str(there.id)],
    )
    if not closures.of_site(conn, there.site):
        alarm_outbox.call_off(conn, there.site, instant)
    return there


def restore(
    conn: sa.Connection, act: ClosureAct, seen: dt.datetime, at: dt.datetime | None = None
) -> Closure:
    """Restore a withdrawn closure from `at` on, as in the version known since `seen`.

    Raises `Outdated` if it is not withdrawn, or its last version was another, and `Conflict` if
    another closure of the site was declared in its place.
    """
    closures.require_kind(act, ClosureActKind.RESTORED)
    instant = at or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    try:
        there = last(conn, act.closure)
    except NotFound:
        there = None
    if there is None or there.since != seen or not closures.add(conn, there.closure, instant):
        raise Outdated("it was changed by somebody else since it was shown; nothing was written")
    closures.note(conn, act, instant)
    return there.closure


def site_of(conn: sa.Connection, identifier: UUID) -> str | None:
    """Return the site of a closure that was withdrawn; None of any other."""
    try:
        return last(conn, identifier).closure.site
    except NotFound:
        return None


def last(conn: sa.Connection, identifier: UUID) -> WithdrawnClosure:
    """Return what a withdrawn closure was; raises `NotFound` for any other."""
    gone = [item for item in withdrawn(conn) if item.closure.id == identifier]
    if not gone:
        raise NotFound("closure", str(identifier))
    return gone[0]


def withdrawn(conn: sa.Connection, slug: str | None = None) -> list[WithdrawnClosure]:
    """Return the last version of each closure that was withdrawn, of one site or of all."""
    other = table.alias("other")
    later = sa.exists().where(
        other.c.id == table.c.id, sa.func.lower(other.c.known) > sa.func.lower(table.c.known)
    )
    chosen = [~sa.func.upper_inf(table.c.known), ~later]
    chosen += [] if slug is None else [table.c.site == slug]
    statement = sa.select(table).where(*chosen).order_by(sa.func.upper(table.c.known))
    return [
        WithdrawnClosure(
            closure=closures.record(row), since=row["known"].lower, until=row["known"].upper
        )
        for row in conn.execute(statement).mappings()
    ]
