"""The weekly alarm, in the exercise, where it is known when and where scenes began."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from geosites import services
from geosites.core.weeks import IsoWeek


@pytest.mark.parametrize(
    ("week", "site"),
    [
        (IsoWeek(2021, 27), "riquet-aubervilliers"),
        (IsoWeek(2021, 40), "forceval"),
    ],
)
def test_a_scene_that_forms_raises_the_alarm(
    in_exercise: sa.Connection, week: IsoWeek, site: str
) -> None:
    (found,) = services.alarms(in_exercise, week)
    document = found.document()
    assert document["nearest_site"] == site
    assert document["heads"] > 5 * document["expected"]
    assert document["p"] <= 0.05


def test_a_quiet_week_raises_none(in_exercise: sa.Connection) -> None:
    assert services.alarms(in_exercise, IsoWeek(2022, 30)) == []


def test_without_history_there_is_no_alarm(conn: sa.Connection) -> None:
    assert services.alarms(conn, IsoWeek(2022, 30)) == []


def test_the_first_weeks_are_too_short_a_history(in_exercise: sa.Connection) -> None:
    assert services.alarms(in_exercise, IsoWeek(2021, 3)) == []


def test_a_week_in_which_nobody_went_raises_none(in_exercise: sa.Connection) -> None:
    week = IsoWeek(2021, 41)
    assert services.alarms(in_exercise, week) != []
    in_exercise.execute(sa.text("SET LOCAL session_replication_role = replica"))
    in_exercise.execute(
        sa.text("DELETE FROM sighting WHERE observed_at >= :start AND observed_at < :end"),
        {"start": week.start, "end": week.end},
    )
    assert services.alarms(in_exercise, week) == []
