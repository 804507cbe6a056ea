"""Published counts beside the visits of the exercise, and beside visits made for the test."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core import city
from geosites.core.records import Origin, Sighting, TimePrecision
from geosites.db.reports import sightings
from geosites.reference_data.published_counts import (
    Beside,
    HalfDay,
    PublishedCount,
    read_published_counts,
)
from stores import small_exercise

GEO = Path(__file__).parents[2] / "data" / "geo"
COUNTS = read_published_counts(GEO)
FIRST = dt.date(2022, 9, 1)


def count(*slugs: str) -> PublishedCount:
    (given, *_) = COUNTS
    beside = Beside(sites=slugs, first=FIRST, last=FIRST + dt.timedelta(days=1))
    return PublishedCount(**{**vars(given), "low": 10, "high": 20, "beside": beside})


def visit(heads: int, hour: int, point: shapely.Point, **more: object) -> Sighting:
    given = {"observed_at": dt.datetime(2022, 9, 1, hour, tzinfo=city.zone()), **more}
    return Sighting(
        id=uuid.uuid4(),
        point=point,
        headcount=heads,
        territory="75119",
        **given,
    )  # type: ignore[arg-type]


def seen(conn: sa.Connection, *slugs: str) -> dict[HalfDay, tuple[int, float]]:
    (found,) = services.published(conn, [count(*slugs)])
    return {half: (mean.visits, mean.heads) for half, mean in found.seen.items()}


def test_the_mean_of_the_visits_is_told_by_half_of_the_day(conn: sa.Connection) -> None:
    for heads, hour in ((0, 6), (20, 17), (40, 18), (60, 5)):
        sightings.add(conn, visit(heads, hour, small_exercise.FORCEVAL))
    assert seen(conn, "forceval") == {HalfDay.DAY: (2, 10.0), HalfDay.NIGHT: (2, 50.0)}


def test_what_is_no_visit_to_the_site_does_not_count(conn: sa.Connection) -> None:
    here = small_exercise.FORCEVAL
    away = shapely.Point(here.x + 170, here.y)
    sightings.add(conn, visit(12, 9, here))
    sightings.add(conn, visit(12, 9, away, accuracy_m=50.0))
    for other in (
        visit(300, 9, here, verified=False),
        visit(300, 9, here, origin=Origin.CALL),
        visit(300, 9, here, time_precision=TimePrecision.DAY),
        visit(300, 9, away),
        visit(300, 9, shapely.Point(here.x + 260, here.y), accuracy_m=500.0),
        visit(300, 9, here, observed_at=dt.datetime(2022, 8, 31, 23, tzinfo=city.zone())),
        visit(300, 9, here, observed_at=dt.datetime(2022, 9, 3, tzinfo=city.zone())),
    ):
        sightings.add(conn, other)
    assert seen(conn, "forceval") == {HalfDay.DAY: (2, 12.0)}


def test_sites_are_added_only_where_each_was_visited(conn: sa.Connection) -> None:
    sightings.add(conn, visit(10, 9, small_exercise.EOLE))
    sightings.add(conn, visit(5, 9, small_exercise.STALINGRAD))
    sightings.add(conn, visit(50, 22, small_exercise.EOLE))
    assert seen(conn, "jardins-eole", "stalingrad") == {HalfDay.DAY: (2, 15.0)}


def test_a_site_that_is_not_known_is_compared_with_nothing(conn: sa.Connection) -> None:
    (found,) = services.published(conn, [count("nowhere")])
    assert (found.territories, dict(found.seen)) == ((), {})


def test_the_document_says_whether_it_lies_inside_only_for_the_half_told(
    in_exercise: sa.Connection,
) -> None:
    documents = [one.document() for one in services.published(in_exercise, COUNTS)]
    night = next(one for one in documents if one["day"] == dt.date(2021, 5, 3))
    assert night["seen"]["day"]["inside"] is None
    assert night["seen"]["night"]["inside"] is True
    assert [one["seen"] for one in documents if not one["beside"]] == [
        {"day": None, "night": None}
    ] * 9


@pytest.mark.parametrize("half", ["day", "night"])
def test_most_published_counts_hold_what_the_exercise_says(
    in_exercise: sa.Connection, half: str
) -> None:
    documents = [one.document() for one in services.published(in_exercise, COUNTS)]
    told = [one["seen"][half]["inside"] for one in documents if one["seen"][half]]
    held = [inside for inside in told if inside is not None]
    assert len(held) >= 10
    assert sum(held) / len(held) >= 0.8
