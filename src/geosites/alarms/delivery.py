"""Deliver due messages from the outbox, one at a time, and retry the failed ones."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from geosites.alarms.retry_policy import MOST_ATTEMPTS, wait
from geosites.core.alarm_messages import AlarmKind, Channel, Message, MessageState
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox

Deliver = Callable[[Message, dt.datetime], str | None]
"""Sends a message; returns None, or why it was not taken."""


@dataclass(frozen=True, kw_only=True)
class DeliveryCounts:
    """What a run did with the messages that were due."""

    delivered: int = 0
    to_try_again: int = 0
    held: int = 0
    dead: int = 0

    def document(self) -> dict[str, int]:
        """Return the counts under their names."""
        return asdict(self)


def deliver_due(
    store: Store, channels: Mapping[Channel, Deliver], now: dt.datetime, rng: random.Random
) -> DeliveryCounts:
    """Send every due message, each in its own transaction; return the outcomes.

    Outside the hours of its subscription a message waits until they begin, unless it is a test. A
    failed message waits a minute, then twice as long each time, at most six hours, randomly
    shortened by up to half, so that a recovering receiver does not get all messages at once. After
    twelve attempts it is dead. If this process ends between sending and recording that, the message
    is sent again under the same id.
    """
    outcomes: Counter[str] = Counter()
    while True:
        with store.begin() as conn:
            message = alarm_outbox.take_due(conn, now)
            if message is None:
                return DeliveryCounts(**outcomes)
            outcome, after = _tried(message, channels, now, rng)
            alarm_outbox.settle(conn, after, now)
        outcomes[outcome] += 1


def _tried(
    message: Message, channels: Mapping[Channel, Deliver], now: dt.datetime, rng: random.Random
) -> tuple[str, Message]:
    opens = message.subscription.due(now)
    if opens > now and message.kind is not AlarmKind.TEST:
        return "held", replace(message, due_at=opens)
    failure = channels[message.subscription.channel](message, now)
    after = replace(message, attempts=message.attempts + 1, last_error=failure)
    if failure is None:
        return "delivered", replace(after, state=MessageState.DELIVERED)
    if after.attempts >= MOST_ATTEMPTS:
        return "dead", replace(after, state=MessageState.DEAD)
    return "to_try_again", replace(after, due_at=now + wait(after.attempts, rng))
