"""What becomes of a message whose receiver fails, or whose hours have not come."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

from alarms.servers import Receiver
from alarms.steps import CLEAN, LAPSED, MINUTE, REOPENED, deliver, look, subscribed, webhook
from geosites.alarms.retry_policy import LONGEST_WAIT, MOST_ATTEMPTS, wait
from geosites.core import city
from geosites.core.alarm_messages import Hours, MessageState
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox


def test_a_receiver_that_fails_is_tried_again_later_and_later(
    listening: Store, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503, 429]
    look(listening, REOPENED)
    with listening.begin() as conn:
        count = len(alarm_outbox.messages(conn, MessageState.WAITING))
    assert deliver(listening, REOPENED) == {"to_try_again": 3, "delivered": count - 3}
    assert deliver(listening, REOPENED) == {}
    assert deliver(listening, REOPENED + MINUTE) == {"delivered": 3}
    identifiers = [headers["webhook-id"] for headers in receiver.headers]
    assert len(identifiers) == count + 3
    assert len(set(identifiers)) == len(receiver.taken) == count


def test_what_is_never_taken_is_dead_and_can_be_revived(
    listening: Store, receiver: Receiver
) -> None:
    look(listening, LAPSED)
    at = LAPSED
    receiver.statuses = [500] * (2 * MOST_ATTEMPTS)
    for _ in range(MOST_ATTEMPTS):
        last = deliver(listening, at)
        at += LONGEST_WAIT
    assert last == {"dead": 2}
    assert deliver(listening, at) == {}
    with listening.begin() as conn:
        dead = alarm_outbox.messages(conn, MessageState.DEAD)
        assert [(one.attempts, one.last_error) for one in dead] == [
            (MOST_ATTEMPTS, "answered 500")
        ] * 2
        assert alarm_outbox.revive(conn, at, [dead[0].id]) == 1
    assert deliver(listening, at) == {"delivered": 1}
    with listening.begin() as conn:
        assert alarm_outbox.revive(conn, at) == 1
    assert deliver(listening, at) == {"delivered": 1}


def test_outside_its_hours_a_message_is_held(
    alarmed: Store, receiver: Receiver, secret_file: Path
) -> None:
    subscribed(alarmed, webhook(receiver, secret_file, hours=Hours.parse("08:00-20:00")))
    look(alarmed, CLEAN)
    night = dt.datetime(2023, 9, 7, 3, tzinfo=city.zone())
    assert look(alarmed, night) > 0
    assert deliver(alarmed, night) == {}
    assert deliver(alarmed, night + 4.99 * dt.timedelta(hours=1)) == {}
    assert receiver.paths == []
    assert deliver(alarmed, night + 20 * dt.timedelta(hours=1)) == {"held": 1}
    assert deliver(alarmed, night + 29 * dt.timedelta(hours=1)) == {"delivered": 1}


def test_waits_double_up_to_six_hours_and_differ() -> None:
    rng = random.Random(1)
    for attempts in range(1, MOST_ATTEMPTS):
        whole = min(LONGEST_WAIT, MINUTE * 2 ** (attempts - 1))
        drawn = {wait(attempts, rng) for _ in range(20)}
        assert whole / 2 <= min(drawn) < max(drawn) <= whole
