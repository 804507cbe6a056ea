"""Sites come, and go where nothing refers to them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from geosites.core.errors import Conflict, NotFound
from geosites.core.records import Closure
from geosites.db.closure import closures
from geosites.db.geography import sites
from stores import small_exercise


def _other(conn: sa.Connection) -> str:
    known = sites.get(conn, "forceval")
    sites.add(conn, dataclasses.replace(known, slug="by-mistake", name="By mistake"))
    return "by-mistake"


def test_a_site_that_nothing_refers_to_is_removed_and_can_come_back(conn: sa.Connection) -> None:
    slug = _other(conn)
    known = sites.get(conn, slug)
    before = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    sites.remove(conn, slug)
    with pytest.raises(NotFound):
        sites.get(conn, slug)
    assert sites.get(conn, slug, before) == known
    sites.add(conn, known, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    assert sites.get(conn, slug) == known


def test_a_site_that_something_refers_to_stays_and_says_what(conn: sa.Connection) -> None:
    slug = _other(conn)
    closures.add(
        conn,
        Closure(id=small_exercise.OPERATION, site=slug, closed_from=small_exercise.CLOSED_FROM),
    )
    with pytest.raises(Conflict, match=r"this refers to it: closures \(1\)"):
        sites.remove(conn, slug)


def test_a_site_that_is_not_there_cannot_be_removed(conn: sa.Connection) -> None:
    with pytest.raises(NotFound):
        sites.remove(conn, "forcevall")
