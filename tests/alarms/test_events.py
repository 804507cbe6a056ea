"""What a look notes for those who follow: weeks, hotspots, states."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import uuid4

from alarms.servers import Receiver
from alarms.steps import deliver, look, subscribed, webhook
from geosites.core.alarm_messages import SubscriptionTopic
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.records import Origin, Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind, ChangeRecord
from geosites.db.reports import sightings
from stores import small_exercise

SUNDAY = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
MONDAY = dt.datetime(2022, 10, 10, 6, 0, tzinfo=dt.UTC)
EVENTS = (ChangeKind.WEEK_NEW, ChangeKind.HOTSPOT_NEW, ChangeKind.CLOSURE_STATE)


def noted(store: Store) -> list[ChangeRecord]:
    with store.begin() as conn:
        return changes.latest(conn, EVENTS, 100)


def test_the_first_look_notes_nothing(small: Store) -> None:
    look(small, SUNDAY)
    assert noted(small) == []


def test_a_week_that_ended_is_noted_once_with_its_new_hotspots(small: Store) -> None:
    look(small, SUNDAY)
    look(small, MONDAY)
    look(small, MONDAY + dt.timedelta(hours=1))
    found = noted(small)
    weeks = [one.monday for one in found if one.kind is ChangeKind.WEEK_NEW]
    spots = [one for one in found if one.kind is ChangeKind.HOTSPOT_NEW]
    assert weeks == [dt.date(2022, 10, 3)]
    assert all(one.territory and set(one.detail or {}) == {"rank", "quartier"} for one in spots)


def test_a_week_of_rejected_visits_alone_is_no_new_week(small: Store) -> None:
    look(small, SUNDAY)
    with small.begin() as conn:
        week = IsoWeek(2022, 41)
        wrong = Sighting(
            id=uuid4(),
            observed_at=week.start + dt.timedelta(hours=9),
            point=small_exercise.FORCEVAL,
            headcount=300,
            origin=Origin.PATROL,
            territory="75119",
            verified=False,
        )
        sightings.add(conn, wrong)
    look(small, MONDAY + dt.timedelta(weeks=1))
    weeks = [one.monday for one in noted(small) if one.kind is ChangeKind.WEEK_NEW]
    assert weeks == [dt.date(2022, 10, 3)]


def test_a_state_that_changed_is_noted_once(small: Store) -> None:
    look(small, SUNDAY)
    look(small, SUNDAY + dt.timedelta(days=200))
    look(small, SUNDAY + dt.timedelta(days=200, hours=1))
    states = [one for one in noted(small) if one.kind is ChangeKind.CLOSURE_STATE]
    assert len(states) == len({one.site for one in states}) >= 1
    assert all((one.detail or {})["status"] != "never_closed" for one in states)


def test_a_closure_that_was_withdrawn_is_noted_once_as_never_closed(small: Store) -> None:
    look(small, SUNDAY)
    look(small, SUNDAY + dt.timedelta(days=200))
    with small.begin() as conn:
        gone = {item.site: item for item in closures.list_all(conn)}
        for item in gone.values():
            act = ClosureAct(
                closure=item.id,
                kind=ClosureActKind.WITHDRAWN,
                reason=ClosureReason.MADE_IN_ERROR,
            )
            closure_withdrawal.withdraw(conn, act, closures.version(conn, item.id))
    before = len(noted(small))
    assert look(small, SUNDAY + dt.timedelta(days=200, hours=1)) == 0
    look(small, SUNDAY + dt.timedelta(days=200, hours=2))
    told = noted(small)[: len(noted(small)) - before]
    assert {one.site for one in told} == set(gone)
    assert len(told) == len(gone)
    assert {(one.detail or {})["status"] for one in told} == {"never_closed"}
    assert all(one.territory and (one.detail or {})["name"] for one in told)


def test_a_week_without_a_report_is_none(small: Store) -> None:
    look(small, SUNDAY + dt.timedelta(weeks=10))
    look(small, SUNDAY + dt.timedelta(weeks=11))
    assert [one for one in noted(small) if one.kind is ChangeKind.WEEK_NEW] == []


def test_those_who_asked_are_told_by_a_signed_webhook(
    small: Store, receiver: Receiver, secret_file: Path
) -> None:
    asked = frozenset({SubscriptionTopic.WEEKS, SubscriptionTopic.HOTSPOTS})
    subscribed(small, webhook(receiver, secret_file, about=asked))
    look(small, SUNDAY)
    queued = look(small, MONDAY)
    assert deliver(small, MONDAY) == {"delivered": queued}
    types = [message["type"] for message in receiver.taken]
    events = [one for one in noted(small) if one.kind is not ChangeKind.CLOSURE_STATE]
    assert sorted(types) == sorted(one.kind.value for one in events)
    assert "week.new" in types
    assert all({"lon", "lat", "heads"}.isdisjoint(message) for message in receiver.taken)


def test_those_who_did_not_ask_are_not_told_of_weeks(
    small: Store, receiver: Receiver, secret_file: Path
) -> None:
    subscribed(small, webhook(receiver, secret_file))
    look(small, SUNDAY)
    assert look(small, MONDAY) == 0
