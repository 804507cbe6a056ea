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
from geosites.db.publication import outbox

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
    """Send every message that is due, each in a transaction of its own; return what became of them.

    Outside the hours of its subscription a message is held until they begin, unless it is a test.
    One that fails waits a minute, then twice as long each time, at most six hours, and by chance up
    to half of that less, so that a receiver that comes back is not met by all at once. After twelve
    attempts it is dead. Should this process end between sending and writing that down, the message
    is sent again under the same id.
    """
    outcomes: Counter[str] = Counter()
    while True:
        with store.begin() as conn:
            message = outbox.take_due(conn, now)
            if message is None:
                return DeliveryCounts(**outcomes)
            outcome, after = _tried(message, channels, now, rng)
            outbox.settle(conn, after, now)
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
