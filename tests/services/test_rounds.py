"""Round sheets on the exercise: who is due, in which part of the day, in what order."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from geosites import services
from geosites.core.records import Closure
from geosites.core.weeks import DAY_PARTS
from geosites.db.closure import closures
from geosites.exercise import DAYS_THAT_MATTER

DAY = dt.timedelta(days=1)
SLUG, AT = DAYS_THAT_MATTER["contradicted"]
CLOSED_TOO = ("porte-villette", "place-auguste-baron", "stalingrad", "colline-crack")


@pytest.fixture
def more_closures(in_exercise: sa.Connection) -> sa.Connection:
    """Return the exercise with four more sites closed, which nobody has verified since."""
    for slug in CLOSED_TOO:
        one = Closure(id=uuid.uuid4(), site=slug, closed_from=AT - 2 * DAY)
        closures.add(in_exercise, one)
    return in_exercise


def test_what_is_due_is_on_the_sheet_and_nothing_else(more_closures: sa.Connection) -> None:
    sheet = services.rounds(more_closures, AT, AT + DAY)
    on_it = {stop.site for one in sheet.rounds for stop in one.stops}
    due = {
        answer.site.slug
        for answer in services.closures(more_closures, AT)
        if answer.state.next_visit_due and answer.state.next_visit_due <= AT + DAY
    }
    assert on_it == due >= {SLUG}


def test_each_stop_stands_in_the_part_of_the_day_that_tells_most(
    more_closures: sa.Connection,
) -> None:
    sheet = services.rounds(more_closures, AT, AT + DAY)
    for one in sheet.rounds:
        wanted = {sheet.answers[stop.site].state.next_day_part for stop in one.stops}
        assert wanted == {one.day_part}
    parts = [one.day_part for one in sheet.rounds]
    assert parts == sorted(parts, key=DAY_PARTS.index)


def test_the_way_is_that_between_the_sites(more_closures: sa.Connection) -> None:
    for one in services.rounds(more_closures, AT, AT + DAY).rounds:
        assert one.stops[0].leg_m == 0
        assert one.length_m == pytest.approx(sum(stop.leg_m for stop in one.stops))


def test_a_short_sheet_keeps_the_most_urgent(more_closures: sa.Connection) -> None:
    sheet = services.rounds(more_closures, AT, AT + DAY, most=1)
    first = services.board(more_closures, AT)[0].site.slug
    assert [stop.site for one in sheet.rounds for stop in one.stops] == [first]


def test_a_sheet_is_a_document(more_closures: sa.Connection) -> None:
    document = services.rounds(more_closures, AT, AT + DAY).document()
    assert document["exercise"] is True
    stop = next(s for one in document["rounds"] for s in one["stops"] if s["site"] == SLUG)
    assert stop["status"] == "contradicted"
    assert stop["territory"].startswith("Paris")
    assert not {"lon", "lat", "x", "y", "geometry"} & set(stop)


def test_nothing_due_makes_an_empty_sheet(in_exercise: sa.Connection) -> None:
    at = DAYS_THAT_MATTER["never closed"][1]
    assert services.rounds(in_exercise, at, at - 10_000 * DAY).rounds == ()
