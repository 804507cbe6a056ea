"""Answers that are kept, and are never stale."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
import shapely

from geosites.core.lru import LruCache
from geosites.core.records import Sighting, TimePrecision
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.services import cache

SEEN = dt.datetime(2022, 10, 5, 6, 30, tzinfo=dt.UTC)


def see(store: Store, number: int, days: int = 0) -> None:
    with store.begin() as conn:
        sighting = Sighting(
            id=UUID(int=number),
            observed_at=SEEN + dt.timedelta(days=days),
            time_precision=TimePrecision.INSTANT,
            point=shapely.Point(654_500, 6_866_800),
            headcount=4,
            territory="75119",
        )
        sightings.add(conn, sighting)


def counted(store: Store, until: dt.date | None = None) -> int:
    with store.begin() as conn:
        return cache.answer(conn, "how many", lambda: sightings.count(conn), until)


def test_an_answer_is_made_once_for_as_long_as_it_holds(store: Store) -> None:
    made = []
    for _ in range(3):
        with store.begin() as conn:
            cache.answer(conn, ("question", 1), lambda: made.append(1))
            cache.answer(conn, ("question", 2), lambda: made.append(2))
    assert made == [1, 2]


def test_an_answer_is_made_anew_after_a_change(store: Store) -> None:
    assert counted(store) == 0
    see(store, 1)
    assert counted(store) == 1
    see(store, 2, days=-400)
    assert counted(store) == 2


def test_an_answer_about_the_past_outlives_what_is_seen_later(store: Store) -> None:
    until = SEEN.date() + dt.timedelta(days=4)
    assert counted(store, until) == 0
    see(store, 1, days=30)
    assert counted(store, until) == 0
    see(store, 2)
    assert counted(store, until) == 2


def test_nothing_is_kept_of_a_transaction_that_may_be_taken_back(store: Store) -> None:
    assert counted(store) == 0
    with store.engine.connect() as conn, conn.begin() as transaction:
        sighting = Sighting(
            id=UUID(int=9),
            observed_at=SEEN,
            time_precision=TimePrecision.INSTANT,
            point=shapely.Point(654_500, 6_866_800),
            headcount=4,
            territory="75119",
        )
        sightings.add(conn, sighting)
        assert cache.answer(conn, "how many", lambda: sightings.count(conn)) == 1
        transaction.rollback()
    assert counted(store) == 0


def test_what_several_ask_for_at_once_is_made_once() -> None:
    kept, made, asked = LruCache(2), [], Barrier(4)

    def make() -> int:
        made.append(1)
        return len(made)

    def ask(_: int) -> int:
        asked.wait()
        return kept.get("key", make)

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(ask, range(4))) == [1, 1, 1, 1]
    assert made == [1]


def test_what_failed_for_one_is_made_by_the_next() -> None:
    kept = LruCache(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)
    assert kept.get("key", lambda: 1) == 1


def test_a_kept_forgets_what_was_longest_unused() -> None:
    kept, made = LruCache(2), []

    def get(key: int) -> None:
        kept.get(key, lambda: made.append(key))

    for key in (1, 2, 1, 3, 1, 2):
        get(key)
    assert made == [1, 2, 3, 2]


def test_what_weighs_too_much_together_is_forgotten() -> None:
    kept: LruCache = LruCache(10, len)
    made: list[str] = []

    def ask(text: str) -> str:
        return kept.get(text, lambda: made.append(text) or text)

    for text in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa"):
        assert ask(text) == text
    assert made == ["aaaa", "bbbb", "cccc"]
    ask("bbbb")
    assert made[3:] == ["bbbb"]
    for _ in range(2):
        assert ask("d" * 11) == "d" * 11
    assert made[4:] == ["d" * 11] * 2
