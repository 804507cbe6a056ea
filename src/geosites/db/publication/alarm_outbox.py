"""The outbox: subscriptions, the last known status of each site, and undelivered messages.

A message is taken with a row lock, so that two senders never send the same one. The last known
status of the sites changes in the same transaction that queues the resulting messages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.analysis.closure import Status
from geosites.core.alarm_messages import (
    Channel,
    Hours,
    Message,
    MessageState,
    Subscription,
    SubscriptionTopic,
)
from geosites.core.errors import Conflict, NotFound
from geosites.db.maintenance import store_flags
from geosites.db.schema.alarms import alarm_message, alarm_status, alarm_subscription
from geosites.db.temporal import Row

_LOCK = 0x67656F02
_LOOKED = "alarms_looked_for"
CALLED_OFF = "the closure was withdrawn"
"""Reasons for not sending a message at all, which need no action."""


@dataclass(frozen=True, kw_only=True)
class LastLook:
    """Time of the last alarm detection, and the status of each closed site then.

    `nearby` is when people were last seen beside a site, if reported.
    """

    as_of: dt.datetime
    statuses: Mapping[str, Status]
    nearby: Mapping[str, dt.datetime] = field(default_factory=dict)


def lock(conn: sa.Connection) -> None:
    """Lock alarm detection until the end of the transaction."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


# who is told ---------------------------------------------------------------------------------


def subscribe(conn: sa.Connection, subscription: Subscription, at: dt.datetime) -> None:
    """Record a subscription; raises `Conflict` where the address has one."""
    row = {
        "id": subscription.id,
        "channel": subscription.channel,
        "address": subscription.address,
        "secret_file": subscription.secret_file and str(subscription.secret_file),
        "account": subscription.account,
        "language": subscription.language,
        "opens": subscription.hours and subscription.hours.opens,
        "closes": subscription.hours and subscription.hours.closes,
        "about": sorted(subscription.about),
        "began_at": at,
    }
    statement = insert(alarm_subscription).values(row).on_conflict_do_nothing()
    if conn.execute(statement.returning(alarm_subscription.c.id)).first() is None:
        raise Conflict("%(address)s is subscribed already", address=subscription.address)


def unsubscribe(conn: sa.Connection, identifier: UUID, at: dt.datetime) -> int:
    """End a subscription; return how many waiting messages are dead by that."""
    current = alarm_subscription.c.ended_at.is_(None)
    ended = (
        sa.update(alarm_subscription)
        .where(alarm_subscription.c.id == identifier, current)
        .values(ended_at=at)
    )
    if conn.execute(ended).rowcount == 0:
        raise NotFound("subscription", str(identifier))
    waiting = alarm_message.c.state == MessageState.WAITING
    buried = (
        sa.update(alarm_message)
        .where(alarm_message.c.subscription == identifier, waiting)
        .values(state=MessageState.DEAD, ended_at=at, last_error="unsubscribed")
    )
    return conn.execute(buried).rowcount


def subscriptions(conn: sa.Connection) -> list[Subscription]:
    """Return the current subscriptions, the oldest first."""
    table = alarm_subscription
    statement = sa.select(table).where(table.c.ended_at.is_(None))
    rows = conn.execute(statement.order_by(table.c.began_at, table.c.id)).mappings()
    return [subscription(row) for row in rows]


# what was last known -------------------------------------------------------------------------


def last_look(conn: sa.Connection) -> LastLook | None:
    """Return the result of the last alarm detection, or None if there was none."""
    as_of = store_flags.get(conn, _LOOKED)
    if as_of is None:
        return None
    rows = conn.execute(sa.select(alarm_status)).all()
    return LastLook(
        as_of=dt.datetime.fromisoformat(as_of),
        statuses={row.site: row.status for row in rows},
        nearby={row.site: row.nearby_at for row in rows if row.nearby_at is not None},
    )


def put_look(conn: sa.Connection, look: LastLook) -> None:
    """Store the result of an alarm detection."""
    store_flags.put(conn, _LOOKED, look.as_of.isoformat())
    if not look.statuses:
        return
    rows = [
        {"site": slug, "status": status, "nearby_at": look.nearby.get(slug)}
        for slug, status in look.statuses.items()
    ]
    statement = insert(alarm_status)
    changed = {name: statement.excluded[name] for name in ("status", "nearby_at")}
    conn.execute(statement.on_conflict_do_update(index_elements=["site"], set_=changed), rows)


# messages ------------------------------------------------------------------------------------


def queue(conn: sa.Connection, message: Message, at: dt.datetime) -> None:
    """Put a new message into the outbox."""
    row = {
        "id": message.id,
        "subscription": message.subscription.id,
        "site": message.site,
        "kind": message.kind,
        "changed_at": message.changed_at,
        "content": dict(message.content),
        "queued_at": at,
        **_progress(message),
    }
    conn.execute(sa.insert(alarm_message).values(row))


def take_due(conn: sa.Connection, now: dt.datetime) -> Message | None:
    """Return the message that has waited longest and is due, or None; nobody else gets it now."""
    message = alarm_message
    statement = (
        _joined()
        .where(message.c.state == MessageState.WAITING, message.c.due_at <= now)
        .order_by(message.c.due_at, message.c.changed_at, message.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=message)
    )
    row = conn.execute(statement).mappings().first()
    return None if row is None else _message(row)


def settle(conn: sa.Connection, message: Message, at: dt.datetime) -> None:
    """Write down how far a message got."""
    ended = None if message.state is MessageState.WAITING else at
    conn.execute(
        sa.update(alarm_message)
        .where(alarm_message.c.id == message.id)
        .values(**_progress(message), ended_at=ended)
    )


def messages(conn: sa.Connection, state: MessageState) -> list[Message]:
    """Return the messages in one state, the oldest first."""
    table = alarm_message
    statement = _joined().where(table.c.state == state).order_by(table.c.queued_at, table.c.id)
    return [_message(row) for row in conn.execute(statement).mappings()]


def revive(conn: sa.Connection, now: dt.datetime, identifiers: Sequence[UUID] = ()) -> int:
    """Let dead messages, these or all, be tried again from `now` on; return how many."""
    table = alarm_message
    current = sa.select(alarm_subscription.c.id).where(alarm_subscription.c.ended_at.is_(None))
    chosen = [table.c.id.in_(identifiers)] if identifiers else []
    statement = (
        sa.update(table)
        .where(table.c.state == MessageState.DEAD, table.c.subscription.in_(current), *chosen)
        .where(table.c.last_error.is_distinct_from(CALLED_OFF))
        .values(state=MessageState.WAITING, attempts=0, due_at=now, ended_at=None)
    )
    return conn.execute(statement).rowcount


def call_off(conn: sa.Connection, site: str, at: dt.datetime) -> None:
    """Let no message that waits about a site be sent: its closure was withdrawn."""
    table = alarm_message
    conn.execute(
        sa.update(table)
        .where(table.c.site == site, table.c.state == MessageState.WAITING)
        .values(state=MessageState.DEAD, last_error=CALLED_OFF, ended_at=at)
    )


def _joined() -> sa.Select[*tuple[object, ...]]:
    subscriber = [alarm_subscription.c[name].label(f"to_{name}") for name in _SUBSCRIPTION]
    return sa.select(alarm_message, *subscriber).join(alarm_subscription)


_SUBSCRIPTION = (
    "id",
    "channel",
    "address",
    "secret_file",
    "account",
    "language",
    "opens",
    "closes",
    "about",
)
_MESSAGE = (
    "id",
    "site",
    "kind",
    "changed_at",
    "content",
    "state",
    "attempts",
    "due_at",
    "last_error",
)


def _progress(message: Message) -> dict[str, object]:
    names = ("state", "attempts", "due_at", "last_error")
    return {name: getattr(message, name) for name in names}


def _message(row: Row) -> Message:
    return Message(subscription=subscription(row, "to_"), **{name: row[name] for name in _MESSAGE})


def subscription(row: Row, prefix: str = "") -> Subscription:
    """Return the subscription in a row, from columns whose names begin with `prefix`."""
    value = {name: row[prefix + name] for name in _SUBSCRIPTION}
    opens, closes, secret_file = value["opens"], value["closes"], value["secret_file"]
    return Subscription(
        id=value["id"],
        channel=Channel(value["channel"]),
        address=value["address"],
        secret_file=None if secret_file is None else Path(secret_file),
        account=value["account"],
        language=value["language"],
        hours=None if opens is None else Hours(opens, closes),
        about=frozenset(map(SubscriptionTopic, value["about"])),
    )
