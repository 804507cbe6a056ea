"""Subscriptions of accounts: permitted audience, changes, the last messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from geosites.core.alarm_messages import AlarmKind, MessageState, Subscription
from geosites.core.errors import NotFound
from geosites.db.publication import alarm_outbox
from geosites.db.schema.accounts import account
from geosites.db.schema.alarms import alarm_message, alarm_subscription

_CURRENT = alarm_subscription.c.ended_at.is_(None)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A subscription, with the role and scope that its account has now; an operator's has none."""

    subscription: Subscription
    role: str | None = None
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LastMessage:
    """The latest message to a subscription: its subject and delivery status."""

    kind: AlarmKind
    state: MessageState
    queued_at: dt.datetime
    ended_at: dt.datetime | None
    due_at: dt.datetime
    last_error: str | None


def recipients(conn: sa.Connection) -> list[Recipient]:
    """Return the current subscriptions, but for those of disabled accounts, the oldest first."""
    table = alarm_subscription
    statement = (
        sa.select(table, account.c.role, account.c.scope)
        .outerjoin(account, account.c.login == table.c.account)
        .where(_CURRENT, account.c.disabled_at.is_(None))
        .order_by(table.c.began_at, table.c.id)
    )
    return [
        Recipient(
            subscription=alarm_outbox.subscription(row),
            role=row["role"],
            scope=tuple(row["scope"] or ()),
        )
        for row in conn.execute(statement).mappings()
    ]


def of_account(conn: sa.Connection, login: str) -> list[Subscription]:
    """Return the current subscriptions of an account, the oldest first."""
    table = alarm_subscription
    statement = sa.select(table).where(_CURRENT, table.c.account == login)
    rows = conn.execute(statement.order_by(table.c.began_at, table.c.id)).mappings()
    return [alarm_outbox.subscription(row) for row in rows]


def get(conn: sa.Connection, login: str, identifier: UUID) -> tuple[Subscription, bool]:
    """Return a subscription of an account, and whether it is current; raises `NotFound`."""
    table = alarm_subscription
    statement = sa.select(table).where(table.c.id == identifier, table.c.account == login)
    row = conn.execute(statement.with_for_update()).mappings().first()
    if row is None:
        raise NotFound("subscription", str(identifier))
    return alarm_outbox.subscription(row), row["ended_at"] is None


def replace(
    conn: sa.Connection, there: Subscription, changed: Subscription, at: dt.datetime
) -> None:
    """End a subscription and begin another in its place, which takes over the waiting messages.

    Raises `Conflict` where the account has another of that address.
    """
    ended = sa.update(alarm_subscription).where(alarm_subscription.c.id == there.id, _CURRENT)
    conn.execute(ended.values(ended_at=at))
    alarm_outbox.subscribe(conn, changed, at)
    waiting = alarm_message.c.state == MessageState.WAITING
    moved = sa.update(alarm_message).where(alarm_message.c.subscription == there.id, waiting)
    conn.execute(moved.values(subscription=changed.id, due_at=changed.due(at)))


def end_all(conn: sa.Connection, login: str, at: dt.datetime) -> None:
    """End every subscription of an account."""
    for one in of_account(conn, login):
        alarm_outbox.unsubscribe(conn, one.id, at)


def last_messages(conn: sa.Connection, login: str) -> Mapping[UUID, LastMessage]:
    """Return the latest message to each current subscription of an account."""
    message = alarm_message
    statement = (
        sa.select(message)
        .join(alarm_subscription)
        .where(_CURRENT, alarm_subscription.c.account == login)
        .ext(distinct_on(message.c.subscription))
        .order_by(
            message.c.subscription,
            message.c.queued_at.desc(),
            message.c.ended_at.desc().nulls_first(),
            message.c.id,
        )
    )
    names = ("kind", "state", "queued_at", "ended_at", "due_at", "last_error")
    return {
        row["subscription"]: LastMessage(**{name: row[name] for name in names})
        for row in conn.execute(statement).mappings()
    }


def is_being_tested(conn: sa.Connection, identifier: UUID) -> bool:
    """Return whether a test message to a subscription is still on its way."""
    table = alarm_message
    return bool(
        conn.execute(
            sa.select(sa.true()).where(
                table.c.subscription == identifier,
                table.c.kind == AlarmKind.TEST,
                table.c.state == MessageState.WAITING,
            )
        ).first()
    )
