"""Issue a bulletin once, and again only where its week has changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid5

import pytest
import sqlalchemy as sa

from conftest import database_name
from geosites import bulletins as publishing
from geosites.bulletins import serialization as content
from geosites.core.errors import Refused
from geosites.core.records import Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db import journal_entries
from geosites.db.postgres.connection import Store
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition, Issue
from geosites.db.reports import sightings
from geosites.presentation.i18n import Language
from stores import small_exercise
from stores.store_templates import drop_database

WEEK = IsoWeek.parse(small_exercise.WEEK)


@dataclass(frozen=True)
class Issued:
    """A database in which a bulletin was issued, and all of its revisions, the first one first."""

    database: str
    revisions: tuple[Issue, ...]


@pytest.fixture(scope="module")
def issued_once(small_template: str, new_database: Callable[..., str]) -> Issued:
    """Return the visits with the bulletin of their week."""
    return issued_in(new_database(small_template))


@pytest.fixture(scope="module")
def issued_twice(issued_once: Issued, new_database: Callable[..., str]) -> Issued:
    """Return them with a late visit and the revision that it made."""
    url = new_database(issued_once.database)
    own = Store(url)
    add_late(own, WEEK)
    own.close()
    return issued_in(url, issued_once.revisions)


def issued_in(url: str, earlier: tuple[Issue, ...] = ()) -> Issued:
    own = Store(url)
    made = issue(own)
    own.close()
    return Issued(database_name(url), (*earlier, made))


@pytest.fixture
def first(issued_once: Issued) -> Issue:
    """Return the first revision."""
    return issued_once.revisions[0]


@pytest.fixture
def second(issued_twice: Issued) -> Issue:
    """Return the revision that the late visit made."""
    return issued_twice.revisions[1]


@pytest.fixture
def once(issued_once: Issued, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store of the test's own with the first revision in it."""
    yield from copied(new_database(issued_once.database))


@pytest.fixture
def twice(issued_twice: Issued, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store of the test's own with both revisions in it."""
    yield from copied(new_database(issued_twice.database))


def copied(url: str) -> Iterator[Store]:
    own = Store(url)
    yield own
    own.close()
    drop_database(url)


def issue(store: Store, week: IsoWeek = WEEK) -> Issue:
    with store.begin() as conn:
        return publishing.issue(conn, week, clock(conn))


def clock(conn: sa.Connection) -> dt.datetime:
    return conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()


def add_late(store: Store, week: IsoWeek, heads: int = 40) -> None:
    """Add a visit that is learnt of long after its week."""
    late = Sighting(
        id=uuid5(small_exercise.SPACE, f"late {week}"),
        observed_at=week.start + dt.timedelta(days=2, hours=8),
        time_precision=TimePrecision.INSTANT,
        point=small_exercise.EOLE,
        headcount=heads,
        territory="75118",
        verified=True,
    )
    with store.begin() as conn:
        sightings.add(conn, late)


def test_the_map_that_is_issued_lies_on_streets(first: Issue) -> None:
    drawn = content.read(first.content)["map"]["streets"]
    named = {item["properties"].get("label") for item in drawn["features"]}
    assert {"Boulevard Macdonald", "Porte de la Villette", "Boulevard périphérique"} <= named


def test_issuing_again_gives_the_same_revision(once: Store, first: Issue) -> None:
    assert first == issue(once)
    assert (first.revision, first.edition) == (1, Edition.SERVICE)


def test_files_are_those_whose_digests_were_kept(first: Issue) -> None:
    made = publishing.files_of(publishing.of_issue(first))
    assert {name: hashlib.sha256(file).hexdigest() for name, file in made.items()} == dict(
        first.files_sha256
    )
    assert sorted(made) == ["en.html", "en.pdf", "fr.html", "fr.pdf"]
    one = publishing.file_of(publishing.of_issue(first), Language.ENGLISH, "pdf")
    assert one == made["en.pdf"]


def test_the_content_as_a_file_has_the_digest_that_is_printed(first: Issue) -> None:
    file = publishing.file_of(publishing.of_issue(first), Language.FRENCH, "json")
    assert hashlib.sha256(file).hexdigest() == first.content_sha256


def test_a_late_sighting_makes_revision_2_which_names_what_changed(
    twice: Store, first: Issue, second: Issue
) -> None:
    assert second.revision == 2
    told = publishing.of_issue(second).content["supersedes"]
    assert isinstance(told, dict)
    assert (told["revision"], told["content_sha256"]) == (1, first.content_sha256)
    found = {(one["section"], one["figure"]): one for one in told["differences"]}
    visits = found["figures", "visits"]
    assert visits["new"] == visits["old"] + 1
    assert found["figures", "heads"]["new"] > found["figures", "heads"]["old"]
    assert found["territories", "heads"]["subject"] == "Paris 18e"
    assert issue(twice) == second


def test_the_first_revision_stays_what_it_was(twice: Store, first: Issue) -> None:
    with twice.begin() as conn:
        assert bulletins.get(conn, WEEK, Edition.SERVICE, 1) == first
        stood = publishing.as_known(conn, WEEK, first.as_known_at)
    assert stood == publishing.of_issue(first)


def test_a_bulletin_that_was_never_issued_can_be_asked_for_as_known(small: Store) -> None:
    with small.begin() as conn:
        known = clock(conn)
    add_late(small, WEEK)
    with small.begin() as conn:
        then = publishing.as_known(conn, WEEK, known)
        again = publishing.as_known(conn, WEEK, known)
        today = publishing.draft(conn, WEEK, clock(conn))
    assert then == again
    assert then.imprint.revision is None
    assert _visits(today.content) == _visits(then.content) + 1


def _visits(content: dict[str, object]) -> int:
    week = content["hotspots"]
    assert isinstance(week, dict)
    return int(week["visits"])


def test_between_two_revisions_the_one_that_still_held_is_given(twice: Store, first: Issue) -> None:
    between = first.as_known_at + dt.timedelta(milliseconds=1)
    with twice.begin() as conn:
        assert publishing.as_known(conn, WEEK, between).imprint.revision == 1


def test_the_next_bulletin_tells_which_earlier_figures_changed(small: Store) -> None:
    earlier = WEEK.shift(-1)
    published = publishing.of_issue(issue(small, earlier)).content
    add_late(small, WEEK.shift(-3))
    told = publishing.of_issue(issue(small)).content["revisions"]
    assert isinstance(told, list)
    assert {(one["week"], one["figure"]) for one in told} >= {
        ("2022-W37", "visits"),
        ("2022-W37", "heads"),
    }
    assert published["revisions"] == []


def test_the_anchor_of_the_journal_is_fixed_when_it_is_first_issued(
    once: Store, first: Issue
) -> None:
    assert first.anchor.startswith(journal_entries.ANCHOR_TAG)
    assert issue(once).anchor == first.anchor


def test_a_week_that_is_not_over_is_refused(small: Store) -> None:
    with small.begin() as conn, pytest.raises(Refused, match="2022-W40 is not over"):
        publishing.issue(conn, WEEK, WEEK.end - dt.timedelta(seconds=1))


def test_a_week_without_a_visit_has_a_bulletin_too(small: Store) -> None:
    quiet = issue(small, IsoWeek(2021, 10))
    made = publishing.files_of(publishing.of_issue(quiet))
    assert made["fr.pdf"].startswith(b"%PDF")
    assert "non observé" in made["fr.html"].decode()


def test_hostile_names_come_through_every_file(small: Store) -> None:
    small_exercise.add_hostile(small)
    made = publishing.files_of(publishing.of_issue(issue(small)))
    assert b"<script" not in made["fr.html"]
