"""What the bulletin of a week tells, over half a year of fictional visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from uuid import uuid5

import pytest
import shapely
import sqlalchemy as sa

from geosites.bulletins.document_data import bulletin, revised
from geosites.bulletins.serialization import canonical
from geosites.core.records import Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from stores import small_exercise

WEEK = IsoWeek.parse(small_exercise.WEEK)


@pytest.fixture(scope="module")
def small(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with the visits, and one visit far away five weeks ago and three."""
    own = Store(new_database(small_template))
    with own.begin() as conn:
        for number, weeks in enumerate((2, 3)):
            sightings.add(conn, visit(number, WEEK.shift(-weeks).start + dt.timedelta(hours=9)))
    yield own
    own.close()


@pytest.fixture
def conn(small: Store) -> Iterator[sa.Connection]:
    with small.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def visit(number: int, at: dt.datetime, heads: int = 3) -> Sighting:
    return Sighting(
        id=uuid5(small_exercise.SPACE, f"far {number}"),
        observed_at=at,
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(648_000, 6_858_500),
        headcount=heads,
        territory="75115",
        verified=True,
    )


def now(conn: sa.Connection) -> dt.datetime:
    return conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()


def test_the_same_week_known_at_the_same_instant_is_the_same_document(
    conn: sa.Connection,
) -> None:
    known = now(conn)
    first, second = (canonical(bulletin(conn, WEEK, known)) for _ in range(2))
    assert first == second


def test_it_tells_week_closures_effort_and_figures(conn: sa.Connection) -> None:
    known = now(conn)
    told = bulletin(conn, WEEK, known)
    assert (told["week"], told["edition"], told["as_known_at"]) == ("2022-W40", "service", known)
    assert told["exercise"] is True
    assert sum(told["effort"]["day_parts"].values()) == told["hotspots"]["visits"]
    assert told["figures"]["2022-W40"]["heads"] == pytest.approx(told["hotspots"]["heads"])
    assert len(told["figures"]) == 13
    closed = {one["site"]: one["status"] for one in told["closures"]["sites"]}
    assert closed["forceval"] == "confirmed_closed"
    assert "evidence" not in told["closures"]["sites"][0]


def test_it_compares_the_places_of_both_weeks(conn: sa.Connection) -> None:
    changes = bulletin(conn, WEEK, now(conn))["changes"]
    assert changes["since"] == "2022-W39"
    same = changes["same_places"]
    assert same["places"] == 12
    assert same["low"] < same["change"] < same["high"]
    assert same["change"] == pytest.approx(same["after"] - same["before"])


def test_a_place_that_used_to_be_visited_is_a_gap(conn: sa.Connection) -> None:
    effort = bulletin(conn, WEEK, now(conn))["effort"]
    assert effort["gaps_total"] == 1
    (gap,) = effort["gaps"]
    assert (gap["territory"], gap["visits"]) == ("Vanves", 2)
    assert gap["last_visit_at"] == WEEK.shift(-2).start + dt.timedelta(hours=9)


def test_an_operation_of_this_week_has_no_answer_and_says_why(conn: sa.Connection) -> None:
    found = bulletin(conn, WEEK, now(conn))["operations"]
    recent = [one for one in found["events"] if one["event"]["kind"] == "operation"]
    assert [(one["place"], one["cause"]) for one in recent] == [("Jardins d'Éole", "too_recent")]


def test_nothing_after_the_week_counts_for_an_operation(conn: sa.Connection) -> None:
    later = WEEK.shift(-1)
    found = bulletin(conn, later, now(conn))["operations"]["events"]
    assert all(one["event"]["at"] < later.end for one in found)
    ends = [one["answer"]["after"]["end"] for one in found if one["answer"]]
    assert all(end <= later.end for end in ends)


def test_the_map_holds_no_words_but_the_names_of_territories(conn: sa.Connection) -> None:
    layers = bulletin(conn, WEEK, now(conn))["map"]
    for layer in layers.values():
        for found in layer["features"]:
            assert not {"title", "facts", "href"} & found["properties"].keys()
    kinds = {one["properties"]["kind"] for one in layers["week"]["features"]}
    assert {"density", "hotspot", "unobserved", "site"} <= kinds


def test_figures_that_differ_from_those_published_are_revisions() -> None:
    figures = {"visits": 10, "places": 4, "heads": 30.0, "hotspots": 1}
    published = {"2022-W38": figures, "2022-W39": figures, "2022-W20": figures}
    now = {"2022-W38": {**figures, "heads": 31.5, "visits": 11}, "2022-W39": dict(figures)}
    assert revised(published, now) == [
        {"week": "2022-W38", "figure": "visits", "published": 10, "now": 11},
        {"week": "2022-W38", "figure": "heads", "published": 30.0, "now": 31.5},
    ]
