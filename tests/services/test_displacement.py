"""What the dismantling of Forceval did, in the exercise, where the truth is known."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core import city
from geosites.core.errors import NotEnoughData, NotFound, Refused
from geosites.db.closure import operations
from geosites.services import DisplacementStudy

AT = dt.datetime(2022, 10, 5, tzinfo=city.zone())


@pytest.fixture(scope="module")
def forceval(exercise_store: object) -> DisplacementStudy:
    """Return the study of Forceval."""
    with exercise_store.begin() as conn:  # type: ignore[attr-defined]
        return services.displacement(conn, services.events.at_site(conn, "forceval", AT))


def test_the_document_has_every_key_of_the_contract(forceval: DisplacementStudy) -> None:
    document = forceval.document()
    assert {"kind", "id", "site", "at"} <= set(document["event"])
    assert {"estimate", "se", "z", "low", "high"} <= set(document["wdd"])
    assert {"value", "reason"} == set(document["wdq"])
    assert {"p", "rank_p", "controls"} <= set(document["placebo"])
    assert {"heads", "low", "high"} == set(document["left_or_not_found"])
    assert {"before", "after", "way"} == set(document["care_distance_m"])
    row, flow = document["territories"][0], document["flows"][0]
    assert {
        "code", "name", "before", "after", "expected", "change", "low", "high", "share",
    } <= set(row)  # fmt: skip
    assert {"from", "to", "heads", "low", "high", "bound_low", "bound_high"} <= set(flow)
    assert document["level"] == 0.9
    assert document["before"]["end"] == document["after"]["start"] == AT


def test_the_19th_fell_and_its_neighbours_rose(forceval: DisplacementStudy) -> None:
    rows = {row["code"]: row for row in forceval.document()["territories"]}
    assert rows["75119"]["high"] < 0
    for neighbour in ("93055", "93001"):
        assert rows[neighbour]["low"] > 0, neighbour
    # The 18th holds other scenes that drift by themselves: its interval only just reaches 0.
    assert rows["75118"]["change"] > 30
    assert rows["75118"]["low"] > -1
    assert forceval.document()["placebo"]["p"] < 0.05


def test_flows_keep_to_their_bounds(forceval: DisplacementStudy) -> None:
    flows = forceval.document()["flows"]
    assert flows
    for flow in flows:
        assert flow["bound_low"] - 1e-9 <= flow["heads"] <= flow["bound_high"] + 1e-9


def test_the_same_question_gets_the_same_answer(
    forceval: DisplacementStudy, in_exercise: sa.Connection
) -> None:
    again = services.displacement(in_exercise, services.events.at_site(in_exercise, "forceval", AT))
    assert again.document() == forceval.document()


def test_an_event_is_found_again_by_its_key(in_exercise: sa.Connection) -> None:
    operation = operations.during(in_exercise)[0]
    for key in (str(operation.id), "forceval@2022-10-05"):
        assert services.events.parse(in_exercise, key).key == key


@pytest.mark.parametrize("key", ["forceval", "forceval@5-10-2022", "@2022-10-05", "'; --", ""])
def test_a_key_that_says_nothing_is_refused(in_exercise: sa.Connection, key: str) -> None:
    with pytest.raises((Refused, NotFound)):
        services.events.parse(in_exercise, key)


def test_an_unknown_operation_is_not_found(in_exercise: sa.Connection) -> None:
    with pytest.raises(NotFound):
        services.events.of_operation(in_exercise, uuid.UUID(int=1))


def test_windows_are_cut_at_the_next_event_nearby(in_exercise: sa.Connection) -> None:
    event = services.events.at_site(in_exercise, "forceval", AT - dt.timedelta(weeks=5))
    study = services.displacement(in_exercise, event)
    assert study.result.design.weeks_after == 5
    assert study.cut_by
    assert study.document()["cut_by"] == list(study.cut_by)


def test_too_little_gives_no_number(in_exercise: sa.Connection) -> None:
    event = services.events.at_site(
        in_exercise, "forceval", dt.datetime(2030, 1, 1, tzinfo=city.zone())
    )
    with pytest.raises(NotEnoughData, match="visit"):
        services.displacement(in_exercise, event)


def test_every_event_can_be_listed_and_a_closure_goes_with_its_operation(
    in_exercise: sa.Connection,
) -> None:
    listed = services.events.list_all(in_exercise)
    keys = [one.event.key for one in listed]
    assert len(keys) == len(set(keys))
    assert [one.event.at for one in listed] == sorted(
        (one.event.at for one in listed), reverse=True
    )
    that_day = [one for one in listed if one.event.site == "forceval" and one.event.at == AT]
    assert [(one.kind, one.heads) for one in that_day] == [("evacuation", None)]
    assert "jardins-eole@2021-06-30" in keys


def test_a_study_of_a_time_without_visits_says_so_by_a_short_name(
    in_exercise: sa.Connection,
) -> None:
    event = services.events.at_site(
        in_exercise, "colline-crack", dt.datetime(2018, 6, 27, tzinfo=city.zone())
    )
    with pytest.raises(NotEnoughData) as refused:
        services.displacement(in_exercise, event)
    assert refused.value.cause == "no_visit"


def test_an_event_days_after_another_beside_it_cannot_be_told_from_it(
    in_exercise: sa.Connection,
) -> None:
    forceval = services.events.at_site(in_exercise, "forceval", AT)
    west, _, _, north = forceval.target.bounds
    beside = shapely.Point(west - 250, north).buffer(20)
    event = replace(forceval, site=None, at=AT + dt.timedelta(days=2), target=beside)
    with pytest.raises(NotEnoughData) as refused:
        services.displacement(in_exercise, event)
    assert refused.value.cause == "cut"
