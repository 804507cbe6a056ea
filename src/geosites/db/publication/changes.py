"""The change feed: changes in an order that a client can follow without missing any.

Numbers are assigned when a row is written, but rows become visible when their transaction commits,
which is another order: a client that asks for everything after the last number it saw misses rows
that commit late. Here a change is delivered only once no transaction that began to write earlier is
still open, and changes are delivered in the order of their transactions. Nothing can therefore
appear before a cursor.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused
from geosites.db.maintenance import store_flags
from geosites.db.postgres.sql_types import AnyRow, AnySelect
from geosites.db.schema.changes import ChangeKind, change

__all__ = [
    "ChangeFeedPage",
    "ChangeKind",
    "ChangeRecord",
    "Cursor",
    "latest",
    "note",
    "page",
    "settled_at",
]

_CURSOR = re.compile(r"([0-9a-f]{1,16})-(\d{1,19})-(\d{1,19})")
_LAST = 2**63 - 1
_MARK = "changes_written_by"
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_CLUSTER = (
    "SELECT to_hex(hashtextextended(system_identifier::text || ' ' || timeline_id::text, 0))"
    " FROM pg_control_system(), pg_control_checkpoint()"
)
_SETTLED = (
    "SELECT least(now(), min(xact_start)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_xid IS NOT NULL"
)


@dataclass(frozen=True)
class Cursor:
    """A place between two changes. `cluster` names the database server that counted."""

    cluster: str
    xid: int
    number: int

    def __str__(self) -> str:
        return f"{self.cluster}-{self.xid}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Parse a cursor, or raise `Refused`."""
        match = _CURSOR.fullmatch(text)
        if match is None or max(int(match[2]), int(match[3])) > _LAST:
            raise Refused("%(text)r is not a cursor of this service", text=text[:60])
        return cls(match[1], int(match[2]), int(match[3]))


@dataclass(frozen=True, kw_only=True)
class ChangeRecord:
    """Up to a hundred rows of one week and territory that changed in the same way."""

    number: int
    at: dt.datetime
    kind: ChangeKind
    ids: Sequence[str] | None
    site: str | None
    monday: dt.date | None
    territory: str | None
    detail: Mapping[str, object] | None


@dataclass(frozen=True, kw_only=True)
class ChangeFeedPage:
    """Some changes in order, where to go on, and whether there is more already."""

    changes: Sequence[ChangeRecord]
    next: Cursor
    more: bool


def settled_at(conn: sa.Connection) -> dt.datetime:
    """Return the latest instant whose state can no longer change.

    A row is known from the beginning of the transaction that records it, so a running transaction
    may add rows from the time since it began. The instant is before the oldest of them.
    """
    instant: dt.datetime = conn.execute(sa.text(_SETTLED)).scalar_one()
    return instant


def note(
    conn: sa.Connection,
    kind: ChangeKind,
    *,
    site: str | None = None,
    monday: dt.date | None = None,
    territory: str | None = None,
    detail: Mapping[str, object] | None = None,
    ids: Sequence[str] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Add a change that no trigger sees, such as a hotspot that was not there before."""
    row = {
        "kind": kind,
        "site": site,
        "monday": monday,
        "territory": territory,
        "detail": detail,
        "ids": None if ids is None else list(ids),
    }
    conn.execute(sa.insert(change).values(row if at is None else {**row, "at": at}))


def page(
    conn: sa.Connection,
    since: Cursor | None,
    most: int,
    *,
    scope: Sequence[str] = (),
    kinds: Sequence[ChangeKind] = (),
) -> ChangeFeedPage:
    """Return the changes after a cursor, or from the first; at most `most` of them.

    `scope`: changes in these territories, and those in none. Raises `Conflict` for a cursor of
    another database server: after a restore elsewhere, changes are numbered anew.
    """
    cluster, horizon = _clock(conn)
    if since is not None and since.cluster != cluster:
        raise Conflict("the cursor is of the time before a restore: read all once more, from none")
    place = (0, 0) if since is None else (since.xid, since.number)
    statement = (
        _told(scope, kinds)
        .where(sa.tuple_(change.c.xid, change.c.number) > sa.tuple_(*place))
        .where(change.c.xid < horizon)
        .order_by(change.c.xid, change.c.number)
        .limit(most + 1)
    )
    rows = conn.execute(statement).all()
    more = len(rows) > most
    answer = rows[:most]
    end = (answer[-1].xid, answer[-1].number) if more else max(place, (horizon - 1, _LAST))
    return ChangeFeedPage(
        changes=[_change(row) for row in answer], next=Cursor(cluster, *end), more=more
    )


def latest(
    conn: sa.Connection, kinds: Sequence[ChangeKind], most: int, *, scope: Sequence[str] = ()
) -> list[ChangeRecord]:
    """Return the last changes of some kinds, the newest first."""
    statement = _told(scope, kinds).order_by(change.c.at.desc(), change.c.number.desc())
    return [_change(row) for row in conn.execute(statement.limit(most))]


def _told(scope: Sequence[str], kinds: Sequence[ChangeKind]) -> AnySelect:
    statement = sa.select(change)
    if scope:
        inside = change.c.territory.in_(scope) | change.c.territory.is_(None)
        statement = statement.where(inside)
    return statement.where(change.c.kind.in_(kinds)) if kinds else statement


def _clock(conn: sa.Connection) -> tuple[str, int]:
    """Return the server that numbers transactions, and the oldest one that may still write.

    In a store restored on another server, earlier rows come before all others.
    """
    cluster = str(conn.execute(sa.text(_CLUSTER)).scalar_one())
    horizon = int(conn.execute(sa.text(_HORIZON)).scalar_one())
    written_by = store_flags.get(conn, _MARK)
    if written_by is None:
        store_flags.put(conn, _MARK, cluster)
    elif written_by != cluster:
        conn.execute(sa.update(change).values(xid=0))
        store_flags.put(conn, _MARK, cluster)
    return cluster, horizon


def _change(row: AnyRow) -> ChangeRecord:
    names = ("number", "at", "kind", "ids", "site", "monday", "territory", "detail")
    return ChangeRecord(**{name: getattr(row, name) for name in names})
