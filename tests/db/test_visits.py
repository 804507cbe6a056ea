"""Sightings as bare columns say what the frame of sightings says."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites import exercise
from geosites.core.errors import Conflict
from geosites.core.precision import LOCATED_M
from geosites.core.records import Origin, Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.reports import sightings, visits

WEEK = IsoWeek(2022, 39)


@pytest.mark.parametrize("as_known_at", [None, WEEK.start + dt.timedelta(days=3)])
def test_columns_and_frame_hold_the_same(
    in_exercise: sa.Connection, as_known_at: dt.datetime | None
) -> None:
    span = (in_exercise, WEEK.start, WEEK.end)
    recorded = sightings.during(*span, as_known_at=as_known_at)
    frame = recorded[recorded.verified.ne(False)]
    columns = visits.during(*span, as_known_at=as_known_at)
    assert len(frame) > 50
    assert np.array_equal(columns.xy, shapely.get_coordinates(frame.geometry.to_numpy()))
    assert columns.observed_at.tolist() == frame.observed_at.dt.tz_localize(None).tolist()
    assert columns.heads.tolist() == frame.headcount.tolist()
    assert columns.origin.tolist() == frame.origin.tolist()
    assert columns.territory.tolist() == frame.territory.tolist()
    assert np.array_equal(columns.accuracy_m, frame.accuracy_m.to_numpy(float), equal_nan=True)
    assert columns.unit.tolist() == frame.unit.fillna("").tolist()
    assert columns.day_only.tolist() == (frame.time_precision == "day").tolist()


def test_weeks_read_together_are_the_weeks_read_alone(in_exercise: sa.Connection) -> None:
    weeks = [WEEK.shift(by) for by in range(-1, 3)]
    together = visits.during(in_exercise, weeks[0].start, weeks[-1].end)
    for week in weeks:
        alone = vars(visits.during(in_exercise, week.start, week.end))
        part = vars(together.between(week.start, week.end))
        assert len(alone["heads"]) > 50
        for name, column in alone.items():
            numbers = column.dtype.kind == "f"
            assert np.array_equal(part[name], column, equal_nan=numbers), name


def test_effort_leaves_out_calls_and_partners(in_exercise: sa.Connection) -> None:
    frame = sightings.during(in_exercise, WEEK.start, WEEK.end)
    columns = visits.during(in_exercise, WEEK.start, WEEK.end, effort_only=True)
    assert set(columns.origin) <= {"patrol", "survey"}
    assert len(columns.heads) == frame.origin.isin(["patrol", "survey"]).sum() < len(frame)


def test_no_sighting_is_no_row(conn: sa.Connection) -> None:
    columns = visits.during(conn, WEEK.start, WEEK.end)
    assert columns.xy.shape == (0, 2)
    assert columns.observed_at.dtype == np.dtype("datetime64[us]")


def seen(heads: int, verified: bool | None, **fields: object) -> Sighting:
    told = {
        "id": uuid.uuid4(),
        "observed_at": WEEK.start + dt.timedelta(hours=30),
        "time_precision": TimePrecision.INSTANT,
        "point": shapely.Point(653_000, 6_866_000),
        "headcount": heads,
        "origin": Origin.PATROL,
        "territory": "75118",
        "verified": verified,
    }
    return Sighting(**{**told, **fields})


def test_a_rejected_sighting_is_no_visit(conn: sa.Connection) -> None:
    for heads, verified in [(30, None), (300, False), (12, True)]:
        sightings.add(conn, seen(heads, verified))
    columns = visits.during(conn, WEEK.start, WEEK.end)
    assert sorted(columns.heads.tolist()) == [12, 30]


def test_a_store_of_rejected_sightings_has_no_latest_week_and_is_not_empty(
    conn: sa.Connection,
) -> None:
    sightings.add(conn, seen(300, False))
    assert sightings.span(conn) is None
    assert sightings.span(conn, rejected=True) is not None
    with pytest.raises(Conflict, match="fiction"):
        exercise.load(conn)


def test_a_rejected_visit_that_saw_nobody_makes_no_week_of_effort(conn: sa.Connection) -> None:
    sightings.add(conn, seen(0, False))
    assert visits.effort_weeks(conn, WEEK.start, WEEK.end) == frozenset()
    sightings.add(conn, seen(0, None))
    assert visits.effort_weeks(conn, WEEK.start, WEEK.end) == {WEEK.monday}


def test_a_position_known_too_badly_counts_nowhere_and_is_counted(conn: sa.Connection) -> None:
    for heads, accuracy_m in [(5, LOCATED_M), (7, None), (40, LOCATED_M + 1), (0, 25_000.0)]:
        sightings.add(conn, seen(heads, None, accuracy_m=accuracy_m))
    sightings.add(conn, seen(9, False, accuracy_m=25_000.0))
    sightings.add(conn, seen(2, None, accuracy_m=25_000.0, origin=Origin.CALL))
    assert sorted(visits.during(conn, WEEK.start, WEEK.end).heads.tolist()) == [5, 7]
    assert visits.imprecise(conn, WEEK.start, WEEK.end) == 3
    assert visits.imprecise(conn, WEEK.start, WEEK.end, effort_only=True) == 2
    assert visits.effort_weeks(conn, WEEK.start, WEEK.end) == frozenset()


def test_accuracy_and_unit_stay_with_their_visit(conn: sa.Connection) -> None:
    later = WEEK.start + dt.timedelta(hours=40)
    sightings.add(conn, seen(1, None, accuracy_m=12.5, unit="PP-18"))
    sightings.add(conn, seen(2, None, observed_at=later))
    columns = visits.during(conn, WEEK.start, WEEK.end)
    assert columns.unit.tolist() == ["PP-18", ""]
    assert columns.accuracy_m[0] == 12.5
    assert np.isnan(columns.accuracy_m[1])
    assert visits.during(conn, later, WEEK.end).unit.tolist() == [""]
    assert visits.during(conn, WEEK.end, WEEK.end).unit.tolist() == []


def test_visits_of_one_instant_stand_in_the_order_of_their_ids(conn: sa.Connection) -> None:
    heads = {uuid.uuid4(): number for number in range(40)}
    for key, number in heads.items():
        sightings.add(conn, seen(number, None, id=key, unit="Équipe " + "é" * (number % 5)))
    sightings.add(conn, seen(99, None, observed_at=WEEK.start + dt.timedelta(hours=2), unit=None))
    columns = visits.during(conn, WEEK.start, WEEK.end)
    by_id = [heads[key] for key in sorted(heads)]
    assert columns.heads.tolist() == [99, *by_id]
    assert columns.unit.tolist() == ["", *("Équipe " + "é" * (number % 5) for number in by_id)]
