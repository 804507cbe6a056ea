"""What changed, in an order that others can follow without ever missing anything."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

_SETTLED = sa.text(
    "SELECT least(now(), min(xact_start)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_xid IS NOT NULL"
)


def settled_at(conn: sa.Connection) -> dt.datetime:
    """Return the latest instant about which nothing can change any more.

    A row is known from the beginning of the transaction that records it, so whoever still writes
    may add rows from the time since they began. The instant lies before the oldest of them.
    """
    instant: dt.datetime = conn.execute(_SETTLED).scalar_one()
    return instant
