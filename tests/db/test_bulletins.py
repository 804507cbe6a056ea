"""Issued bulletins: kept to the byte, never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from geosites.bulletins.serialization import digest
from geosites.core.errors import NotFound
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition, Issue

MONDAY = dt.datetime(2022, 10, 10, 6, 30, tzinfo=dt.UTC)
WEEK = IsoWeek(2022, 40)
TEXT = '{"heads":1.50,"name":"é\\u2028"}'


def issue(**changes: Any) -> Issue:
    text = changes.get("content", TEXT)
    values: dict[str, Any] = {
        "week": WEEK,
        "edition": Edition.SERVICE,
        "revision": 1,
        "as_known_at": MONDAY,
        "issued_at": MONDAY,
        "content": text,
        "content_sha256": digest(text),
        "files_sha256": {"fr.pdf": "ab"},
        "anchor": "",
    }
    return Issue(**{**values, **changes})


def test_a_revision_comes_back_to_the_byte(conn: sa.Connection) -> None:
    bulletins.add(conn, issue())
    assert bulletins.get(conn, WEEK, Edition.SERVICE, 1) == issue()


def test_the_latest_is_that_known_at_an_instant(conn: sa.Connection) -> None:
    late = MONDAY + dt.timedelta(days=3)
    second = issue(revision=2, as_known_at=late, issued_at=late)
    for one in (issue(), second):
        bulletins.add(conn, one)
    assert bulletins.latest(conn, WEEK, Edition.SERVICE) == second
    assert bulletins.latest(conn, WEEK, Edition.SERVICE, MONDAY) == issue()
    earlier = MONDAY - dt.timedelta(seconds=1)
    assert bulletins.latest(conn, WEEK, Edition.SERVICE, earlier) is None


def test_the_bulletin_before_is_that_of_the_nearest_earlier_week(conn: sa.Connection) -> None:
    older = issue(week=IsoWeek(2022, 37))
    for one in (issue(week=IsoWeek(2022, 30)), older, issue(), issue(week=IsoWeek(2022, 41))):
        bulletins.add(conn, one)
    assert bulletins.before(conn, WEEK, Edition.SERVICE, MONDAY) == older
    assert bulletins.before(conn, IsoWeek(2022, 30), Edition.SERVICE, MONDAY) is None


def test_a_list_begins_with_the_latest_week_and_revision(conn: sa.Connection) -> None:
    for one in (issue(), issue(revision=2), issue(week=IsoWeek(2022, 41))):
        bulletins.add(conn, one)
    found = [(str(one.week), one.revision) for one in bulletins.issued(conn, Edition.SERVICE)]
    assert found == [("2022-W41", 1), ("2022-W40", 2), ("2022-W40", 1)]
    assert len(bulletins.issued(conn, Edition.SERVICE, WEEK)) == 2


def test_what_was_never_issued_is_not_found(conn: sa.Connection) -> None:
    with pytest.raises(NotFound, match="2022-W40, revision 7"):
        bulletins.get(conn, WEEK, Edition.SERVICE, 7)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bulletin SET anchor = 'other'",
        "DELETE FROM bulletin",
        "TRUNCATE bulletin",
    ],
)
def test_the_database_lets_nobody_change_one(conn: sa.Connection, statement: str) -> None:
    bulletins.add(conn, issue())
    with pytest.raises(sa.exc.IntegrityError, match="an issued bulletin stays as it is"):
        conn.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"content_sha256": "0" * 64}, "content_sha256_holds"),
        ({"revision": 0}, "revision_sign"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    conn: sa.Connection, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=rule):
        bulletins.add(conn, issue(**changes))


def test_a_revision_is_there_once(conn: sa.Connection) -> None:
    bulletins.add(conn, issue())
    with pytest.raises(sa.exc.IntegrityError, match="bulletin_pkey"):
        bulletins.add(conn, issue(anchor="other"))


def test_the_weekly_job_is_one_at_a_time(store: Store) -> None:
    with store.begin() as first, store.begin() as second:
        assert bulletins.try_weekly_lock(first)
        assert not bulletins.try_weekly_lock(second)
    with store.begin() as third:
        assert bulletins.try_weekly_lock(third)
