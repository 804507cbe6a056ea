"""Subscriptions that an account manages itself: create, change, test, end."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa

from geosites.alarms.own_webhooks import OwnWebhooks
from geosites.core.alarm_messages import AlarmKind, Channel, Hours, Message, Subscription
from geosites.core.alarm_messages import SubscriptionTopic as Topic
from geosites.core.errors import Conflict, Outdated, Refused
from geosites.db.maintenance import store_flags
from geosites.db.publication import alarm_outbox, own_subscriptions
from geosites.permissions.message_recipients import topics
from geosites.permissions.policy import Principal
from geosites.presentation.i18n import Language
from geosites.presentation.text.alarm_text import trial_content

MOST = 10
"""How many subscriptions an account may have."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """By which ways this service reaches subscribers of accounts."""

    mail: bool = False
    webhooks: OwnWebhooks | None = None

    def require(self, channel: Channel, address: str) -> None:
        """Raise `Refused` where this service does not send that way, or not to that address."""
        if channel is Channel.EMAIL and not self.mail:
            raise Refused("this service sends no e-mail: no mail server is set")
        if channel is Channel.WEBHOOK:
            if self.webhooks is None:
                raise Refused("this service lets accounts enter no webhooks")
            self.webhooks.require_host(address)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Notification preferences of an account."""

    about: frozenset[Topic]
    hours: Hours | None
    language: Language


def subscribe(
    conn: sa.Connection,
    principal: Principal,
    channel: Channel,
    address: str,
    wish: Wish,
    ways: Ways,
    now: dt.datetime,
) -> Subscription:
    """Begin a subscription of an account; raises `Refused` or `Conflict`."""
    _require_topics(principal, wish)
    made = Subscription(
        id=uuid4(),
        channel=channel,
        address=address,
        account=principal.login,
        language=wish.language,
        hours=wish.hours,
        about=wish.about,
    )
    ways.require(channel, address)
    if len(own_subscriptions.of_account(conn, principal.login)) >= MOST:
        raise Conflict("an account has %(most)s subscriptions at most", most=MOST)
    alarm_outbox.subscribe(conn, made, now)
    return made


def change(
    conn: sa.Connection, principal: Principal, identifier: UUID, wish: Wish, now: dt.datetime
) -> Subscription:
    """Replace a subscription by one with other preferences; raises `Outdated`, `Refused`."""
    _require_topics(principal, wish)
    there = _current(conn, principal, identifier)
    changed = dataclasses.replace(
        there, id=uuid4(), language=wish.language, hours=wish.hours, about=wish.about
    )
    if dataclasses.replace(changed, id=there.id) == there:
        raise Refused("nothing was changed")
    own_subscriptions.replace(conn, there, changed, now)
    return changed


def end(conn: sa.Connection, principal: Principal, identifier: UUID, now: dt.datetime) -> None:
    """End a subscription; its waiting messages are given up. Raises `Outdated`."""
    alarm_outbox.unsubscribe(conn, _current(conn, principal, identifier).id, now)


def try_out(
    conn: sa.Connection,
    principal: Principal,
    identifier: UUID,
    now: dt.datetime,
    public_url: str | None,
) -> None:
    """Queue a test message; it is sent with the next run, at any hour. Raises `Conflict`."""
    there = _current(conn, principal, identifier)
    if own_subscriptions.is_being_tested(conn, there.id):
        raise Conflict("a test message is still on its way")
    message = Message(
        id=uuid4(),
        subscription=there,
        site=None,
        kind=AlarmKind.TEST,
        changed_at=now,
        content=trial_content(
            Language(there.language), exercise=store_flags.is_exercise(conn), public_url=public_url
        ),
        due_at=now,
    )
    alarm_outbox.queue(conn, message, now)


def _current(conn: sa.Connection, principal: Principal, identifier: UUID) -> Subscription:
    there, current = own_subscriptions.get(conn, principal.login, identifier)
    if not current:
        raise Outdated("the subscription was changed or ended meanwhile")
    return there


def _require_topics(principal: Principal, wish: Wish) -> None:
    if not wish.about:
        raise Refused("choose at least one topic")
    if not wish.about <= topics(principal.role):
        raise Refused("this role may not subscribe to that topic")
    if principal.scope and Topic.BULLETINS in wish.about:
        raise Refused("a bulletin covers the whole area; this account sees part of it")
