"""The hotspots of a week, asked of the exercise on the real PostGIS."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import shapely
import shapely.affinity
import sqlalchemy as sa

from geosites import services
from geosites.core import city
from geosites.core.errors import NotEnoughData
from geosites.core.records import Origin, Sighting, Site, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites, territories
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.week_text import week_notes
from plain import plain

WEEK = IsoWeek(2022, 39)


def _sighting(at: dt.datetime, heads: int = 4, **more: object) -> Sighting:
    point = shapely.Point(653_200.0, 6_866_600.0)
    return Sighting(
        id=uuid.uuid4(), observed_at=at, point=point, headcount=heads, territory="75119", **more
    )  # type: ignore[arg-type]


def test_the_document_has_every_key_of_the_contract(in_exercise: sa.Connection) -> None:
    document = services.hotspots(in_exercise, WEEK).document()
    assert {
        "week", "as_known_at", "parameters", "visits", "places", "heads", "heads_counted",
        "observed_share", "hotspots", "territories",
    } <= set(document)  # fmt: skip
    assert {"bandwidth_m", "cell_m", "significance", "alpha"} <= set(document["parameters"])
    assert {
        "rank", "area_ha", "heads", "share", "visits", "q_value", "trend", "territory",
        "quartier", "nearest_site", "lon", "lat",
    } <= set(document["hotspots"][0])  # fmt: skip
    assert {"code", "name", "visits", "places", "heads", "heads_counted"} == set(
        document["territories"][0]
    )


def test_the_week_before_the_dismantling_shows_forceval(in_exercise: sa.Connection) -> None:
    (first, *_) = services.hotspots(in_exercise, WEEK).document()["hotspots"]
    assert first["territory"] == "Paris 19e"
    assert first["quartier"] == "Pont-de-Flandre"
    assert first["nearest_site"] in {"forceval", "place-auguste-baron"}
    assert first["q_value"] <= 0.05
    assert first["exceedance_p"] <= 0.05


def test_territories_add_up_to_the_week(in_exercise: sa.Connection) -> None:
    document = services.hotspots(in_exercise, WEEK).document()
    rows = document["territories"]
    for name in ("visits", "places", "heads", "heads_counted"):
        assert sum(row[name] for row in rows) == pytest.approx(document[name]), name
    assert document["heads"] < document["heads_counted"]


def test_the_surface_holds_the_heads_standing(in_exercise: sa.Connection) -> None:
    answer = services.hotspots(in_exercise, WEEK)
    cells = answer.surface.values.sum() * answer.surface.cell**2
    assert cells == pytest.approx(answer.document()["heads"], rel=1e-3)


def test_the_same_week_gives_the_same_answer(in_exercise: sa.Connection) -> None:
    first, again = (services.hotspots(in_exercise, WEEK).document() for _ in range(2))
    assert first == again


def test_a_week_in_which_nobody_looked_is_not_observed(conn: sa.Connection) -> None:
    document = services.hotspots(conn, WEEK).document()
    assert document["hotspots"] == document["territories"] == []
    assert document["visits"] == 0
    assert document["observed_share"] is None


def test_sightings_near_midnight_fall_on_the_right_side(conn: sa.Connection) -> None:
    end = dt.datetime(2022, 10, 3, tzinfo=city.zone())
    for shift in (-1, 0):
        sightings.add(conn, _sighting(end + dt.timedelta(seconds=shift)))
    found = [services.hotspots(conn, week).document()["visits"] for week in (WEEK, WEEK.shift(1))]
    assert found == [1, 1]
    assert services.latest_week(conn) == WEEK.shift(1)


def test_calls_are_no_effort_and_stay_apart(conn: sa.Connection) -> None:
    for hours, heads in ((1, 0), (2, 6)):
        sightings.add(conn, _sighting(WEEK.start + dt.timedelta(hours=hours), heads))
    call = _sighting(WEEK.start + dt.timedelta(hours=3), 90, origin=Origin.CALL)
    sightings.add(conn, call)
    document = services.hotspots(conn, WEEK).document()
    assert (document["visits"], document["reports"]) == (2, 1)
    assert (document["heads"], document["heads_counted"]) == (3.0, 96)


def test_a_late_sighting_changes_the_week_and_not_what_was_known(conn: sa.Connection) -> None:
    hour = dt.timedelta(hours=1)
    first, late = (dt.datetime.now(dt.UTC) + hours * hour for hours in (1, 3))
    sightings.add(conn, _sighting(WEEK.start), first)
    sightings.add(conn, _sighting(WEEK.start + hour), late)
    known = [
        services.hotspots(conn, WEEK, as_known_at=instant).document()["visits"]
        for instant in (None, late, late - hour)
    ]
    assert known == [2, 2, 1]


def test_before_any_geography_was_known_there_is_no_answer(conn: sa.Connection) -> None:
    with pytest.raises(NotEnoughData, match="no territory was known"):
        services.hotspots(conn, WEEK, as_known_at=WEEK.start)


def test_bare_days_have_no_part_of_the_day(conn: sa.Connection) -> None:
    day = _sighting(WEEK.start, time_precision=TimePrecision.DAY)
    sightings.add(conn, day)
    assert services.hotspots(conn, WEEK).result.counted.day_part.tolist() == [-1]


def test_without_a_ranking_the_reason_is_said(conn: sa.Connection) -> None:
    sightings.add(conn, _sighting(WEEK.start))
    document = services.hotspots(conn, WEEK).document()
    assert document["hotspots"] == []
    assert "1 visits" in document["reason"]


def test_an_empty_store_has_no_latest_week(conn: sa.Connection) -> None:
    with pytest.raises(NotEnoughData):
        services.latest_week(conn)
    assert services.home(conn, WEEK.end).week is None


def test_an_exercise_is_read_as_of_its_last_sighting(in_exercise: sa.Connection) -> None:
    span = sightings.span(in_exercise)
    assert span is not None
    now = dt.datetime(2026, 11, 22, tzinfo=city.zone())
    assert services.reading_time(in_exercise, now) == span[1]
    home = services.home(in_exercise, now)
    assert home.exercise
    assert home.week is not None
    assert home.week.week == IsoWeek.containing(span[1])


def test_real_data_is_read_as_of_now(conn: sa.Connection) -> None:
    sightings.add(conn, _sighting(WEEK.start))
    assert services.reading_time(conn, WEEK.end) == WEEK.end


def patrol(heads: int, east: float = 0.0, hours: float = 1.0, **more: object) -> Sighting:
    at = WEEK.start + dt.timedelta(hours=hours)
    values = {
        "id": uuid.uuid4(),
        "observed_at": at,
        "point": shapely.Point(653_200.0 + east, 6_866_600.0),
        "headcount": heads,
        "origin": Origin.PATROL,
        "territory": "75119",
    }
    return Sighting(**{**values, **more})  # type: ignore[arg-type]


def test_a_rejected_visit_changes_nothing(conn: sa.Connection) -> None:
    for hours, heads in ((1, 0), (2, 30), (3, 20)):
        sightings.add(conn, patrol(heads, hours=hours))
    before = services.hotspots(conn, WEEK).document()
    for hours in range(6):
        sightings.add(conn, patrol(300, east=40.0, hours=4 + hours, verified=False))
    sightings.add(conn, patrol(300, hours=24 * 21, verified=False))
    assert services.hotspots(conn, WEEK).document() == before
    assert services.latest_week(conn) == WEEK


def test_a_site_that_is_added_or_moved_changes_the_places_of_a_week(store: Store) -> None:
    perimeter = shapely.box(652_900, 6_866_300, 653_800, 6_866_900)
    here = Site(slug="wide", name="Wide", perimeter=perimeter, precision_m=5.0, territory="75119")
    with store.begin() as conn:
        for number, east in enumerate((0.0, 400.0, 550.0)):
            sightings.add(conn, patrol(10 * (number > 0), east=east, hours=number))
    with store.begin() as conn:
        assert services.hotspots(conn, WEEK).document()["places"] == 2
    with store.begin() as conn:
        sites.add(conn, here)
    with store.begin() as conn:
        found = services.hotspots(conn, WEEK).document()
        assert (found["places"], found["heads"]) == (1, pytest.approx(20 / 3))
        (rows,) = services.territory_weeks(conn, WEEK, 1).tables()
        assert sum(row["places"] for row in rows) == 1
    with store.begin() as conn:
        sites.put(
            conn, dataclasses.replace(here, perimeter=shapely.affinity.translate(perimeter, 5e3))
        )
    with store.begin() as conn:
        assert services.hotspots(conn, WEEK).document()["places"] == 2


def test_the_visit_that_weighs_most_is_named(conn: sa.Connection) -> None:
    for number in range(8):
        sightings.add(conn, patrol(20 * (number % 2), east=600.0 * number, hours=number))
    heavy = patrol(300, east=4800.0, hours=40)
    sightings.add(conn, heavy)
    sightings.add(conn, patrol(6, east=4800.0, hours=41))
    document = services.hotspots(conn, WEEK).document()
    found = document["heaviest_visit"]
    assert (found["heads"], found["visits"], found["adds"]) == (300, 2, pytest.approx(147.0))
    assert found["share"] == pytest.approx(147.0 / document["heads"])
    assert (found["day"], found["day_part"]) == ("2022-09-27", "afternoon")
    assert document["heads_robust"] < 0.6 * document["heads"]


def test_a_sighting_somewhere_in_the_city_is_left_out_and_told(conn: sa.Connection) -> None:
    sightings.add(conn, patrol(6))
    before = services.hotspots(conn, WEEK).document()
    sightings.add(conn, dataclasses.replace(patrol(80, hours=3), accuracy_m=25_000.0))
    after = services.hotspots(conn, WEEK).document()
    assert (before["imprecise"], after["imprecise"]) == (0, 1)
    assert {**after, "imprecise": 0} == before
    said = plain(" ".join(week_notes(Words(Language.FRENCH), after)))
    assert "1 signalement n'est pas compté" in said
    assert "plus de 500 m près" in said


def test_where_nobody_was_seen_no_visit_weighs(conn: sa.Connection) -> None:
    sightings.add(conn, patrol(0))
    document = services.hotspots(conn, WEEK).document()
    assert (document["heaviest_visit"], document["heads_robust"]) == (None, 0.0)


def test_a_place_on_a_border_is_named_with_both_territories(conn: sa.Connection) -> None:
    line = _border(conn, "75118", "75119")
    on = shapely.Point(line.interpolate(0.5, normalized=True))
    for number, east in enumerate((-20.0, 15.0, 20.0)):
        point = shapely.Point(on.x + east, on.y)
        sightings.add(conn, patrol(9, hours=number, point=point))
    sightings.add(conn, patrol(4, east=5000.0, hours=9))
    (found,) = services.hotspots(conn, WEEK).document()["borders"]
    assert {one["code"] for one in found["territories"]} == {"75118", "75119"}
    assert (found["heads"], found["visits"]) == (9.0, 3)


def test_a_known_site_on_a_border_keeps_its_territory(conn: sa.Connection) -> None:
    line = _border(conn, "75118", "75119")
    on = shapely.Point(line.interpolate(0.5, normalized=True))
    for territory in ("75118", "75119"):
        sites.put(
            conn,
            Site(
                slug="edge", name="Edge", perimeter=on.buffer(60.0), precision_m=5.0,
                territory=territory,
            ),
        )  # fmt: skip
        if territory == "75118":
            for number, east in enumerate((-20.0, 15.0, 20.0)):
                point = shapely.Point(on.x + east, on.y)
                sightings.add(conn, patrol(9, hours=number, point=point))
        document = services.hotspots(conn, WEEK).document()
        heads = {row["code"]: row["heads"] for row in document["territories"]}
        assert heads[territory] == 9.0
        assert document["borders"] == []


def _border(conn: sa.Connection, one: str, other: str) -> shapely.Geometry:
    areas = territories.frame(conn).set_index("code").geometry
    shared = shapely.intersection(areas[one], areas[other])
    lines = [part for part in shapely.get_parts(shared) if part.length > 0]
    return max(lines, key=lambda part: part.length)


def test_places_told_in_words_are_those_of_the_week(conn: sa.Connection) -> None:
    for hours, heads in enumerate((9, 12, 6)):
        sightings.add(conn, patrol(heads, hours=8 * hours))
    sightings.add(conn, patrol(4, east=900.0, hours=30))
    sightings.add(conn, patrol(0, east=1800.0, hours=31))
    document = services.hotspots(conn, WEEK).document()
    first, second = document["occupied"]
    assert (first["heads"], first["visits"], first["least"], first["most"]) == (9.0, 3, 6, 12)
    assert (second["heads"], second["visits"], second["least"], second["most"]) == (4.0, 1, 4, 4)
    assert first["territory"] is not None
    assert first["hotspot"] is None
    assert sum(item["heads"] for item in document["occupied"]) == document["heads"]
