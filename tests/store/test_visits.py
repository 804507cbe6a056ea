"""Sightings as bare columns say what the frame of sightings says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites.store import sightings, visits
from geosites.weeks import IsoWeek

WEEK = IsoWeek(2022, 39)


@pytest.mark.parametrize("as_known_at", [None, WEEK.start + dt.timedelta(days=3)])
def test_columns_and_frame_hold_the_same(
    in_exercise: sa.Connection, as_known_at: dt.datetime | None
) -> None:
    span = (in_exercise, WEEK.start, WEEK.end)
    frame = sightings.during(*span, as_known_at=as_known_at)
    columns = visits.during(*span, as_known_at=as_known_at)
    assert len(frame) > 50
    assert np.array_equal(columns.xy, shapely.get_coordinates(frame.geometry.to_numpy()))
    assert columns.observed_at.tolist() == frame.observed_at.dt.tz_localize(None).tolist()
    assert columns.heads.tolist() == frame.headcount.tolist()
    assert columns.origin.tolist() == frame.origin.tolist()
    assert columns.territory.tolist() == frame.territory.tolist()
    assert columns.day_only.tolist() == (frame.time_precision == "day").tolist()


def test_effort_leaves_out_calls_and_partners(in_exercise: sa.Connection) -> None:
    frame = sightings.during(in_exercise, WEEK.start, WEEK.end)
    columns = visits.during(in_exercise, WEEK.start, WEEK.end, effort_only=True)
    assert set(columns.origin) <= {"patrol", "survey"}
    assert len(columns.heads) == sightings.is_effort(frame).sum() < len(frame)


def test_no_sighting_is_no_row(conn: sa.Connection) -> None:
    columns = visits.during(conn, WEEK.start, WEEK.end)
    assert columns.xy.shape == (0, 2)
    assert columns.observed_at.dtype == np.dtype("datetime64[us]")
