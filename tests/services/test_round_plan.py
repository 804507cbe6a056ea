"""Where to look next, on the exercise: due sites, studies under way, a chance for every cell."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pytest
import sqlalchemy as sa

from geosites import services
from geosites.analysis.closure import is_due
from geosites.analysis.rounds import ShiftLimits, crow_fly
from geosites.core.documents.round_plan import PlannedStopRow, RoundPlanDocument
from geosites.core.records import Closure
from geosites.core.weeks import DayPart, IsoWeek
from geosites.db.closure import closures
from geosites.exercise import DAYS_THAT_MATTER

DAY = dt.timedelta(days=1)
SLUG, AT = DAYS_THAT_MATTER["contradicted"]
CLOSED_TOO = ("porte-villette", "stalingrad")
TWO = ShiftLimits(crews=2)


def document(conn: sa.Connection, limits: ShiftLimits = TWO) -> RoundPlanDocument:
    return services.round_plan(conn, AT, limits).document()


def document_at(conn: sa.Connection, at: dt.datetime) -> RoundPlanDocument:
    return services.round_plan(conn, at, TWO).document()


def stops(told: RoundPlanDocument) -> list[PlannedStopRow]:
    return [stop for crew in told["rounds"] for stop in crew["stops"]]


def codes(stop: PlannedStopRow) -> set[str]:
    return {reason["code"] for reason in stop["why"]}


def test_a_shift_is_planned(in_exercise: sa.Connection) -> None:
    told = document(in_exercise)
    assert told["exercise"] is True
    assert [crew["crew"] for crew in told["rounds"]] == [1, 2]
    for crew in told["rounds"]:
        assert crew["minutes"] <= told["shift_min"] == 240
        walked = [stop["leg_m"] for stop in crew["stops"] if not stop["ridden"]]
        assert crew["length_m"] == pytest.approx(sum(walked))
        assert "sample" in codes(crew["stops"][0])
        assert not any("sample" in codes(stop) for stop in crew["stops"][1:])
    assert all(stop["why"] for stop in stops(told))
    assert all(stop["territory"] for stop in stops(told))


def test_due_sites_are_gone_to_or_named(in_exercise: sa.Connection) -> None:
    for slug in CLOSED_TOO:
        closures.add(in_exercise, Closure(id=uuid.uuid4(), site=slug, closed_from=AT - 5 * DAY))
    told = document(in_exercise)
    gone_to = {stop["site"] for stop in stops(told) if "due" in codes(stop)}
    missed = {item["site"] for item in told["missed"]}
    due = {
        answer.site.slug
        for answer in services.closures(in_exercise, AT)
        if is_due(answer.state, AT + DAY)
    }
    assert not gone_to & missed
    assert gone_to | missed == due
    assert SLUG in gone_to
    assert len(due) > 1


def test_a_study_under_way_asks_for_its_places(in_exercise: sa.Connection) -> None:
    closures.add(
        in_exercise, Closure(id=uuid.uuid4(), site="stalingrad", closed_from=AT - 20 * DAY)
    )
    told = document(in_exercise)
    (study,) = (item for item in told["studies"] if item["site"] == "stalingrad")
    assert study["places"] > 0
    assert study["last_day"] > AT
    plan = services.round_plan(in_exercise, AT, ShiftLimits(crews=2))
    assert plan.stops.candidates.share[:, 1].sum() > 0
    roles = {reason["role"] for stop in stops(told) for reason in stop["why"]} - {None}
    assert roles <= {"target", "control", "new"}


def test_every_cell_has_a_chance_in_four_weeks(in_exercise: sa.Connection) -> None:
    plan = services.round_plan(in_exercise, AT, TWO)
    chance = plan.document()["chance"]
    assert chance["least"] > 0
    assert chance["least"] <= chance["median"]
    assert (plan.chance(chance["rounds"]) > 0).all()
    assert chance["cells"] == len(plan.known) == len(plan.chance(40))


def test_ground_where_nobody_was_seen_is_not_ranked(in_exercise: sa.Connection) -> None:
    known = services.round_plan(in_exercise, AT, TWO).known
    floor = known.variance.min()
    assert np.mean(known.variance == floor) > 0.5


def test_the_list_stays_for_four_weeks(in_exercise: sa.Connection) -> None:
    first = services.round_plan(in_exercise, AT, TWO).listed
    days = [first.drawn_on + n * DAY for n in (0, 13, 27)]
    lists = [
        services.round_plan(
            in_exercise, dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC), TWO
        ).listed.order.tolist()
        for day in days
    ]
    assert lists == [first.order.tolist()] * 3
    assert first.drawn_on.weekday() == 0
    later = dt.datetime.combine(first.drawn_on + 28 * DAY, dt.time(12), tzinfo=dt.UTC)
    assert services.round_plan(in_exercise, later, TWO).listed.order.tolist() != lists[0]


def test_a_scope_bounds_the_ground(in_exercise: sa.Connection) -> None:
    plan = services.round_plan(in_exercise, AT, TWO, within=("75119",))
    everywhere = services.round_plan(in_exercise, AT, TWO)
    assert 0 < len(plan.known) < len(everywhere.known)
    assert {stop["territory"] for stop in stops(plan.document())} == {"Paris 19e"}
    assert all(answer.site.territory == "75119" for answer in plan.answers)


def test_the_part_of_the_day_may_be_given(in_exercise: sa.Connection) -> None:
    plan = services.round_plan(in_exercise, AT, TWO, part=DayPart.NIGHT)
    assert plan.document()["day_part"] == "night"


def test_distances_are_those_of_the_function_given(in_exercise: sa.Connection) -> None:
    twice = services.round_plan(in_exercise, AT, TWO, walking=lambda xy: 2 * crow_fly(xy))
    once = services.round_plan(in_exercise, AT, TWO)
    assert len(twice.plan.rows) < len(once.plan.rows)


def test_before_anything_was_seen_the_ground_is_sampled_evenly(in_exercise: sa.Connection) -> None:
    long_ago = dt.datetime(2001, 1, 1, 12, tzinfo=dt.UTC)
    plan = services.round_plan(in_exercise, long_ago, TWO)
    assert len(plan.plan.rounds) == 2
    assert np.ptp(plan.listed.chance) == pytest.approx(0)


def test_who_stood_in_the_city_is_told_with_its_doubt(in_exercise: sa.Connection) -> None:
    standing = document(in_exercise)["standing"]
    assert standing is not None
    assert 0 < standing["low"] < standing["heads"] < standing["high"]
    assert 0 <= standing["unseen"] < standing["places"]
    seen = services.hotspots(in_exercise, IsoWeek.of_day(AT.date() - 7 * DAY)).document()
    assert standing["heads"] == pytest.approx(seen["heads"], rel=0.5)


def test_an_operation_makes_what_was_seen_before_count_no_longer(
    in_exercise: sa.Connection,
) -> None:
    before = services.round_plan(in_exercise, AT, TWO).standing
    closures.add(
        in_exercise, Closure(id=uuid.uuid4(), site="stalingrad", closed_from=AT - DAY / 24)
    )
    after = services.round_plan(in_exercise, AT, TWO).standing
    assert before is not None
    assert after is not None
    assert after.total.unseen.sum() == before.total.unseen.sum() + 1
    assert after.total.se > before.total.se


def test_before_anything_was_seen_no_total_is_told(in_exercise: sa.Connection) -> None:
    long_ago = dt.datetime(2001, 1, 1, 12, tzinfo=dt.UTC)
    assert document_at(in_exercise, long_ago)["standing"] is None


def test_squares_are_told_by_the_streets_near_them(in_exercise: sa.Connection) -> None:
    told = [stop["whereabouts"] for stop in stops(document(in_exercise)) if not stop["name"]]
    assert any(where is not None for where in told)
