"""From a change in the exercise to what a receiver holds, over the real store and real servers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from alarms.conftest import Mailbox, Receiver
from geosites import alarms
from geosites.alarms.delivery import LONGEST_WAIT, MOST_ATTEMPTS, wait
from geosites.errors import Conflict, NotFound, Refused
from geosites.exercise import DAYS_THAT_MATTER
from geosites.outbox import Channel, Hours, MessageState, Subscription
from geosites.records import Closure, Origin, Sighting
from geosites.store import alarms as outbox
from geosites.store import closures, sightings, sites
from geosites.store.connection import Store
from geosites.weeks import PARIS

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
CONFIRMED = DAYS_THAT_MATTER["confirmed"][1]
LAPSED = DAYS_THAT_MATTER["lapsed after three weeks of silence"][1]
CLEAN = DAYS_THAT_MATTER["clean"][1]
REOPENED = DAYS_THAT_MATTER["reopened"][1]
KEYS = {
    "id", "type", "kind", "site", "name", "territory", "status", "changed_at", "as_of", "exercise",
    "language", "subject", "text", "path", "link",
}  # fmt: skip


def webhook(receiver: Receiver, secret_file: Path, **changes: object) -> Subscription:
    one = Subscription(
        id=uuid.uuid4(),
        channel=Channel.WEBHOOK,
        address=f"{receiver.url}/alarms",
        secret_file=secret_file,
    )
    return dataclasses.replace(one, **changes)


def subscribed(store: Store, subscription: Subscription) -> Subscription:
    with store.begin() as conn:
        outbox.subscribe(conn, subscription, CONFIRMED - DAY)
    return subscription


def look(store: Store, at: dt.datetime) -> int:
    with store.begin() as conn:
        return alarms.look(conn, at)


def deliver(store: Store, at: dt.datetime, box: Mailbox | None = None) -> Mapping[str, int]:
    server = box and alarms.MailServer(
        host=box.host, port=box.port, encryption=alarms.Encryption.NONE, sender="geosites@localhost"
    )
    channels = {Channel.WEBHOOK: alarms.by_webhook, Channel.EMAIL: partial(alarms.by_mail, server)}
    sent = alarms.deliver_due(store, channels, at, random.Random(5))
    return {name: count for name, count in sent.document().items() if count}


@pytest.fixture
def listening(alarmed: Store, receiver: Receiver, secret_file: Path) -> Store:
    """Return the exercise with the receiver subscribed, and a first look made in November 2022."""
    subscribed(alarmed, webhook(receiver, secret_file))
    assert look(alarmed, CONFIRMED) == 0
    return alarmed


def test_a_first_look_raises_no_alarm(listening: Store, receiver: Receiver) -> None:
    assert deliver(listening, CONFIRMED) == {}
    assert receiver.paths == []


def test_each_change_since_the_last_look_is_told_once(listening: Store, receiver: Receiver) -> None:
    assert look(listening, LAPSED) == 2
    assert deliver(listening, LAPSED) == {"delivered": 2}
    told = [(one["site"], one["kind"], one["changed_at"][:10]) for one in receiver.taken]
    assert told == [
        ("forceval", "contradicted", "2022-11-24"),
        ("forceval", "lapsed", "2023-01-29"),
    ]
    for _ in range(2):
        assert look(listening, LAPSED) == 0
        assert deliver(listening, LAPSED) == {}
    assert len(receiver.paths) == 2


def test_a_reopening_is_told(listening: Store, receiver: Receiver) -> None:
    look(listening, CLEAN)
    deliver(listening, CLEAN)
    assert look(listening, REOPENED) == 1
    assert deliver(listening, REOPENED) == {"delivered": 1}
    told = receiver.taken[-1]
    assert (told["kind"], told["status"]) == ("reopened", "reopened")
    assert told["changed_at"].startswith("2023-09-0")
    assert told["subject"].startswith("[Exercice] ")
    assert "(Paris 19e" in told["subject"]
    assert told["path"] == "/sites/forceval"


def test_no_message_holds_a_place_a_count_or_the_evidence(
    listening: Store, receiver: Receiver
) -> None:
    look(listening, REOPENED)
    deliver(listening, REOPENED)
    with listening.begin() as conn:
        centre = sites.get(conn, "forceval").perimeter.centroid
        near = sightings.near(conn, centre.buffer(300.0), 0.0, until=REOPENED)
    assert receiver.taken
    for told in receiver.taken:
        assert set(told) == KEYS
        written = str(told)
        assert re.search(r"\d{6}\.\d|\b48[.,]\d|\b2[.,]3\d", written) is None
        assert not any(identifier in written for identifier in near.id)
        assert not any(unit in written for unit in near.unit.dropna().unique())
        assert re.search(r"\d+ (personne|people|person)", written) is None


def test_what_is_learned_late_is_told_with_its_own_day(
    exercise_template: str,
    new_database: Callable[..., str],
    receiver: Receiver,
    secret_file: Path,
) -> None:
    own = Store(new_database(exercise_template))
    subscribed(own, webhook(receiver, secret_file))
    look(own, CLEAN)
    seen_at = CLEAN - DAY / 2
    with own.begin() as conn:
        here = sites.get(conn, "forceval")
        near = sightings.near(conn, here.perimeter, 0.0, until=CLEAN)
        one = sightings.get(conn, near.id.iloc[-1])
        changed = {"id": uuid.uuid4(), "observed_at": seen_at, "headcount": 6, "verified": True}
        sightings.add(conn, dataclasses.replace(one, **changed))
    assert look(own, CLEAN + DAY) == 1
    deliver(own, CLEAN + DAY)
    own.close()
    assert [one["kind"] for one in receiver.taken] == ["reopened"]
    assert dt.datetime.fromisoformat(receiver.taken[0]["changed_at"]) == seen_at


def test_a_closure_declared_since_is_watched_from_its_first_moment(
    template: str, new_database: Callable[..., str], receiver: Receiver, secret_file: Path
) -> None:
    own = Store(new_database(template))
    subscribed(own, webhook(receiver, secret_file))
    assert look(own, CLEAN) == 0
    with own.begin() as conn:
        closed = Closure(id=uuid.uuid4(), site="stalingrad", closed_from=CLEAN + MINUTE)
        closures.add(conn, closed)
        here = sites.get(conn, "stalingrad")
        told = Sighting(
            id=uuid.uuid4(),
            observed_at=CLEAN + 2 * MINUTE,
            point=here.perimeter.centroid,
            headcount=4,
            origin=Origin.CALL,
            territory=here.territory,
        )
        sightings.add(conn, told)
    assert look(own, CLEAN + 3 * MINUTE) == 1
    assert look(own, CLEAN + 4 * MINUTE) == 0
    deliver(own, CLEAN + 4 * MINUTE)
    own.close()
    assert [one["kind"] for one in receiver.taken] == ["contradicted"]
    assert receiver.taken[0]["exercise"] is False


def test_a_receiver_that_fails_is_tried_again_later_and_later(
    listening: Store, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503, 429]
    look(listening, REOPENED)
    with listening.begin() as conn:
        count = len(outbox.messages(conn, MessageState.WAITING))
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
        dead = outbox.messages(conn, MessageState.DEAD)
        assert [(one.attempts, one.last_error) for one in dead] == [
            (MOST_ATTEMPTS, "answered 500")
        ] * 2
        assert outbox.revive(conn, at, [dead[0].id]) == 1
    assert deliver(listening, at) == {"delivered": 1}
    with listening.begin() as conn:
        assert outbox.revive(conn, at) == 1
    assert deliver(listening, at) == {"delivered": 1}


def test_outside_its_hours_a_message_is_held(
    alarmed: Store, receiver: Receiver, secret_file: Path
) -> None:
    subscribed(alarmed, webhook(receiver, secret_file, hours=Hours.parse("08:00-20:00")))
    look(alarmed, CLEAN)
    night = dt.datetime(2023, 9, 7, 3, tzinfo=PARIS)
    assert look(alarmed, night) > 0
    assert deliver(alarmed, night) == {}
    assert deliver(alarmed, night + 4.99 * dt.timedelta(hours=1)) == {}
    assert receiver.paths == []
    assert deliver(alarmed, night + 20 * dt.timedelta(hours=1)) == {"held": 1}
    assert deliver(alarmed, night + 29 * dt.timedelta(hours=1)) == {"delivered": 1}


def test_the_same_goes_by_mail(alarmed: Store, mail_server: Mailbox) -> None:
    subscribed(
        alarmed,
        Subscription(
            id=uuid.uuid4(), channel=Channel.EMAIL, address="a@example.org", language="en"
        ),
    )
    look(alarmed, CLEAN)
    look(alarmed, REOPENED)
    assert deliver(alarmed, REOPENED) == {"to_try_again": 1}
    assert deliver(alarmed, REOPENED + MINUTE, mail_server) == {"delivered": 1}
    (letter,) = mail_server.letters
    assert letter["Subject"].startswith("[Exercise] ")
    assert "open again" in letter["Subject"]


def test_two_runs_at_once_send_nothing_twice(listening: Store, receiver: Receiver) -> None:
    queued: list[int] = []

    def run() -> None:
        queued.append(look(listening, REOPENED))
        deliver(listening, REOPENED)

    runs = [threading.Thread(target=run) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert sorted(queued)[:3] == [0, 0, 0]
    identifiers = [headers["webhook-id"] for headers in receiver.headers]
    assert len(identifiers) == len(set(identifiers)) == max(queued) > 0


def test_every_subscriber_is_told(
    listening: Store, receiver: Receiver, secret_file: Path, mail_server: Mailbox
) -> None:
    mailbox = Subscription(id=uuid.uuid4(), channel=Channel.EMAIL, address="a@example.org")
    subscribed(listening, mailbox)
    assert look(listening, LAPSED) == 4
    assert deliver(listening, LAPSED, mail_server) == {"delivered": 4}
    assert (len(receiver.taken), len(mail_server.letters)) == (2, 2)


def test_who_unsubscribes_is_told_no_more(
    listening: Store, receiver: Receiver, secret_file: Path
) -> None:
    look(listening, LAPSED)
    with listening.begin() as conn:
        (one,) = outbox.subscriptions(conn)
        assert outbox.unsubscribe(conn, one.id, LAPSED) == 2
        assert outbox.subscriptions(conn) == []
        assert outbox.revive(conn, LAPSED) == 0
        with pytest.raises(NotFound):
            outbox.unsubscribe(conn, one.id, LAPSED)
    assert deliver(listening, LAPSED) == {}
    assert receiver.paths == []
    subscribed(listening, webhook(receiver, secret_file))


def test_the_same_address_twice_is_a_conflict(
    listening: Store, receiver: Receiver, secret_file: Path
) -> None:
    with pytest.raises(Conflict, match="subscribed already"):
        subscribed(listening, webhook(receiver, secret_file))


def test_time_does_not_go_back(listening: Store) -> None:
    with pytest.raises(Refused, match="already looked for"):
        look(listening, CONFIRMED - DAY)


def test_waits_double_up_to_six_hours_and_differ() -> None:
    rng = random.Random(1)
    for attempts in range(1, MOST_ATTEMPTS):
        whole = min(LONGEST_WAIT, MINUTE * 2 ** (attempts - 1))
        drawn = {wait(attempts, rng) for _ in range(20)}
        assert whole / 2 <= min(drawn) < max(drawn) <= whole
