"""Alarm messages: recipient, time, delivery status.

Frozen and validated on construction, like records. Addresses are those of services, not of persons.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from geosites.core import city
from geosites.core.errors import Refused

LONGEST_ADDRESS = 500
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class Channel(StrEnum):
    """Delivery channel of a message."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class SubscriptionTopic(StrEnum):
    """Topic of a subscription."""

    CLOSURES = "closures"
    WEEKS = "weeks"
    HOTSPOTS = "hotspots"
    BULLETINS = "bulletins"


class AlarmKind(StrEnum):
    """What happened: to a closure, or that something is new: a week, a hotspot, a bulletin."""

    REOPENED = "reopened"
    CONTRADICTED = "contradicted"
    LAPSED = "lapsed"
    NEARBY = "nearby"
    NEW_WEEK = "new_week"
    NEW_HOTSPOT = "new_hotspot"
    NEW_BULLETIN = "new_bulletin"
    TEST = "test"

    @property
    def about(self) -> SubscriptionTopic:
        """Type of a message."""
        return {
            self.NEW_WEEK: SubscriptionTopic.WEEKS,
            self.NEW_HOTSPOT: SubscriptionTopic.HOTSPOTS,
            self.NEW_BULLETIN: SubscriptionTopic.BULLETINS,
        }.get(self, SubscriptionTopic.CLOSURES)

    @property
    def type(self) -> str:
        """Its name in a webhook."""
        return {
            self.NEW_WEEK: "week.new",
            self.NEW_HOTSPOT: "hotspot.new",
            self.NEW_BULLETIN: "bulletin.new",
            self.TEST: "test",
        }.get(self, f"closure.{self.value}")


class MessageState(StrEnum):
    """How far a message got. One that is dead was tried as often as it may be."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True)
class Hours:
    """The hours in local time in which messages may be sent; across midnight if `closes` is first.

    With 20:00 to 06:00, a message of 19:00 waits for an hour.
    """

    opens: dt.time
    closes: dt.time

    def __post_init__(self) -> None:
        if self.opens == self.closes:
            raise Refused(
                "hours from %(opens)s to %(closes)s: the window is empty",
                opens=f"{self.opens:%H:%M}",
                closes=f"{self.closes:%H:%M}",
            )

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Return the hours written `08:00-20:00`, or raise `Refused`."""
        match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)
        try:
            opens, closes = map(dt.time.fromisoformat, match.groups() if match else ("", ""))
        except ValueError as error:
            raise Refused("%(text)r is not a window like 08:00-20:00", text=text) from error
        return cls(opens, closes)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def next_open(self, instant: dt.datetime) -> dt.datetime:
        """Return `instant` if it is within these hours, or else their next start."""
        local = instant.astimezone(city.zone())
        if self._hold(local.time()):
            return instant
        day = local.date() + dt.timedelta(days=local.time() >= self.opens)
        return dt.datetime.combine(day, self.opens, city.zone()).astimezone(dt.UTC)

    def _hold(self, clock: dt.time) -> bool:
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return clock >= self.opens or clock < self.closes


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A subscription. The secret that signs a webhook is in its file, not in the database.

    `account`: its owner; the secret of its webhook is derived from a key of the service. A
    subscription without account was made by an operator.
    """

    id: UUID
    channel: Channel
    address: str
    secret_file: Path | None = None
    account: str | None = None
    language: str = "fr"
    hours: Hours | None = None
    about: frozenset[SubscriptionTopic] = frozenset({SubscriptionTopic.CLOSURES})

    def __post_init__(self) -> None:
        if len(self.address) > LONGEST_ADDRESS:
            raise Refused("an address of %(count)s characters is too long", count=len(self.address))
        if self.channel is Channel.WEBHOOK:
            _require_web_address(self.address)
        else:
            require_mailbox(self.address)
        needs_file = self.channel is Channel.WEBHOOK and self.account is None
        if (self.secret_file is not None) is not needs_file:
            raise Refused("a webhook needs a secret, and e-mail takes none")
        if SubscriptionTopic.BULLETINS in self.about and self.channel is not Channel.EMAIL:
            raise Refused("bulletins are sent by e-mail only")

    def due(self, instant: dt.datetime) -> dt.datetime:
        """Return the first moment from `instant` on at which a message may come."""
        return instant if self.hours is None else self.hours.next_open(instant)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to a subscription: content and delivery status."""

    id: UUID
    subscription: Subscription
    site: str | None
    kind: AlarmKind
    changed_at: dt.datetime
    content: Mapping[str, object]
    state: MessageState = MessageState.WAITING
    attempts: int = 0
    due_at: dt.datetime
    last_error: str | None = None


def require_mailbox(address: str) -> None:
    """Raise `Refused` for an invalid e-mail address."""
    if len(address) > LONGEST_ADDRESS or _MAILBOX.fullmatch(address) is None:
        raise Refused("%(address)r is not an e-mail address", address=address)


def _require_web_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or not address.isascii() or any(character <= " " for character in address):
        raise Refused("%(address)r is not an address like https://host/path", address=address)
    if parts.username is not None or parts.fragment:
        raise Refused("a webhook address holds no user, password or fragment")
