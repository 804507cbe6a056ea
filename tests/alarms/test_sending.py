"""From a change in the exercise to what a receiver holds, over the real store and real servers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from alarms.servers import Mailbox, Receiver
from alarms.steps import (
    CLEAN,
    CONFIRMED,
    DAY,
    LAPSED,
    MINUTE,
    REOPENED,
    deliver,
    look,
    subscribed,
    webhook,
)
from geosites.core.alarm_messages import Channel, Subscription
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.errors import Conflict, NotFound, Refused
from geosites.core.records import Closure, Origin, Sighting
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.geography import sites
from geosites.db.maintenance import service_status
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.db.reports import sightings

KEYS = {
    "id", "type", "kind", "site", "name", "territory", "status", "changed_at", "as_of", "exercise",
    "language", "subject", "text", "path", "link",
}  # fmt: skip


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


def test_what_waits_about_a_closure_that_was_withdrawn_is_not_sent(
    template: str, new_database: Callable[..., str], receiver: Receiver, secret_file: Path
) -> None:
    own = Store(new_database(template))
    subscribed(own, webhook(receiver, secret_file))
    look(own, CLEAN)
    with own.begin() as conn:
        here = sites.get(conn, "stalingrad")
        made = Closure(id=uuid.uuid4(), site="stalingrad", closed_from=CLEAN + MINUTE)
        closures.add(conn, made)
        seen = Sighting(
            id=uuid.uuid4(),
            observed_at=CLEAN + 2 * MINUTE,
            point=here.perimeter.centroid,
            headcount=4,
            territory=here.territory,
        )
        sightings.add(conn, seen)
    assert look(own, CLEAN + 3 * MINUTE) == 1
    act = ClosureAct(
        closure=made.id, kind=ClosureActKind.WITHDRAWN, reason=ClosureReason.MADE_IN_ERROR
    )
    with own.begin() as conn:
        closure_withdrawal.withdraw(conn, act, closures.version(conn, made.id))
    assert deliver(own, CLEAN + 4 * MINUTE) == {}
    with own.begin() as conn:
        assert alarm_outbox.revive(conn, CLEAN + 4 * MINUTE) == 0
        assert service_status.service_status(conn).messages == {}
    assert look(own, CLEAN + 5 * MINUTE) == 0
    own.close()
    assert receiver.taken == []


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
        (one,) = alarm_outbox.subscriptions(conn)
        assert alarm_outbox.unsubscribe(conn, one.id, LAPSED) == 2
        assert alarm_outbox.subscriptions(conn) == []
        assert alarm_outbox.revive(conn, LAPSED) == 0
        with pytest.raises(NotFound):
            alarm_outbox.unsubscribe(conn, one.id, LAPSED)
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


def test_heads_beside_a_closed_perimeter_are_told_once_without_a_count(
    listening: Store, receiver: Receiver
) -> None:
    with listening.begin() as conn:
        area = sites.get(conn, "forceval").perimeter
        east = shapely.Point(area.bounds[2] + 80.0, area.centroid.y)
        for hours in (1, 20):
            seen = Sighting(
                id=uuid.uuid4(),
                observed_at=CONFIRMED + hours * dt.timedelta(hours=1),
                point=east,
                headcount=25,
                territory="75119",
            )
            sightings.add(conn, seen)
    assert look(listening, CONFIRMED + 2 * DAY) == 1
    assert look(listening, CONFIRMED + 3 * DAY) == 0
    assert deliver(listening, CONFIRMED + 3 * DAY) == {"delivered": 1}
    (told,) = receiver.taken
    assert (told["kind"], told["type"], told["site"]) == ("nearby", "closure.nearby", "forceval")
    assert "à moins de 150" in told["text"]
    assert "25" not in told["text"]
    assert "80" not in told["text"]
