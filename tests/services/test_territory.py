"""Territories through their weeks, asked of the exercise on the real PostGIS."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from geosites import services
from geosites.core.errors import NotFound
from geosites.core.weeks import IsoWeek

WEEK = IsoWeek(2022, 39)
CODE = "75119"


def test_a_week_of_a_territory_is_that_of_the_weekly_map(in_exercise: sa.Connection) -> None:
    among = services.territory_weeks(in_exercise, WEEK, 3)
    codes = list(among.tiling.code)
    for place, week in enumerate(among.weeks):
        document = services.hotspots(in_exercise, week).document()
        for row in document["territories"]:
            course = among.course(codes.index(row["code"]))[place]
            assert course["week"] == str(week)
            assert {name: course[name] or 0 for name in ("visits", "places", "heads_counted")} == {
                name: row[name] for name in ("visits", "places", "heads_counted")
            }
            assert (course["heads"] or 0.0) == pytest.approx(row["heads"])


def test_shares_of_a_week_add_up_to_one(in_exercise: sa.Connection) -> None:
    among = services.territory_weeks(in_exercise, WEEK, 1)
    shares = [among.course(row)[0]["share"] for row in range(len(among.tiling))]
    assert sum(share or 0.0 for share in shares) == pytest.approx(1.0)


def test_a_week_in_which_nobody_looked_has_no_heads_and_no_share(
    in_exercise: sa.Connection,
) -> None:
    among = services.territory_weeks(in_exercise, IsoWeek(2015, 1), 2)
    (first, _) = among.course(0)
    assert first["visits"] == 0
    assert first["heads"] is None
    assert first["share"] is None
    summary = among.summary(0)
    assert (summary["weeks_observed"], summary["heads"], summary["share"]) == (0, None, None)


def test_a_territory_names_its_sites_and_the_events_in_it(in_exercise: sa.Connection) -> None:
    as_of = WEEK.end
    document = services.territory(in_exercise, CODE, WEEK, as_of, weeks=5).document()
    assert document["name"] == "Paris 19e"
    assert len(document["weeks"]) == 5
    slugs = {site["site"] for site in document["sites"]}
    assert "forceval" in slugs
    assert "colline-crack" not in slugs
    assert any(event["site"] == "forceval" for event in document["events"])
    times = [event["at"] for event in document["events"]]
    assert times == sorted(times, reverse=True)


def test_an_unknown_territory_is_not_found(in_exercise: sa.Connection) -> None:
    with pytest.raises(NotFound):
        services.territory(in_exercise, "99999", WEEK, WEEK.end)
