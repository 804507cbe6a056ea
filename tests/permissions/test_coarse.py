"""What a partner sees: territories and weeks, and no small count, whatever is subtracted."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from pydantic_core import to_json

from geosites import services
from geosites.core.errors import Forbidden, NotEnoughData, NotFound
from geosites.core.records import Operation, OperationKind, Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.closure import operations
from geosites.db.postgres.connection import Store
from geosites.db.publication.partner_releases import Release
from geosites.db.reports import sightings
from geosites.permissions import authorized_answers, authorized_displacement, partner_releases
from geosites.permissions.policy import Permission, Principal, Role, decide
from geosites.permissions.query_context import QueryContext
from geosites.permissions.redaction import partner_documents
from geosites.services.displacement_studies.events import DispersalEvent
from stores import small_exercise

NOW = dt.datetime(2022, 12, 1, tzinfo=dt.UTC)
WEEK = IsoWeek(2022, 40)


def asked(
    role: Role = Role.PARTNER,
    scope: tuple[str, ...] = (),
    permission: Permission = Permission.READ_WEEK,
) -> QueryContext:
    principal = Principal(login=f"a-{role}", role=role, unit="ars", scope=scope)
    return QueryContext(grant=decide(principal, permission), now=NOW)


def event(conn: sa.Connection) -> DispersalEvent:
    """Return an operation, recorded now, whose weeks are over at `NOW`."""
    operation = Operation(
        id=uuid4(),
        started_at=small_exercise.EVENT_AT,
        ended_at=small_exercise.EVENT_AT + dt.timedelta(hours=2),
        kind=OperationKind.EVACUATION,
        area=small_exercise.STALINGRAD.buffer(200),
        site="stalingrad",
    )
    operations.add(conn, operation)
    return services.events.of_operation(conn, operation.id)


@pytest.fixture
def filled(small: Store) -> Iterator[sa.Connection]:
    with small.begin() as conn:
        yield conn


def seen(headcount: int, territory: str, at: dt.datetime, x: float = 652_000.0) -> Sighting:
    return Sighting(
        id=uuid4(),
        observed_at=at,
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(x, 6_860_000),
        headcount=headcount,
        territory=territory,
        verified=True,
    )


def test_the_small_counts_of_a_week_are_null_and_so_is_one_more(filled: sa.Connection) -> None:
    sightings.add(filled, seen(3, "75104", WEEK.start + dt.timedelta(hours=30)))
    document = authorized_answers.week(filled, asked(), WEEK)
    rows = {row["code"]: row for row in document["territories"]}
    assert rows["75104"]["heads"] is None
    assert rows["75104"]["heads_counted"] is None
    assert rows["75104"]["visits"] > 0
    assert document["withheld"]["territories"] >= 2
    assert sum(row["heads_counted"] is None for row in rows.values()) >= 2


def test_nothing_finer_than_a_territory_is_left(filled: sa.Connection) -> None:
    document = authorized_answers.week(filled, asked(), WEEK)
    for spot in document["hotspots"]:
        assert spot["lon"] is spot["lat"] is spot["heads"] is spot["nearest_site"] is None
        assert spot["territory"]
    assert document["heaviest_visit"] is document["heads_robust"] is None
    assert document["borders"] == []
    closure = authorized_answers.closure(
        filled, asked(permission=Permission.READ_CLOSURE), "forceval", NOW
    )
    assert {item["headcount"] for item in closure["evidence"]} == {None}
    assert {item["id"] for item in closure["evidence"]} == {None}
    assert all(type(item["observed_at"]) is dt.date for item in closure["evidence"])


def test_a_week_that_is_not_over_is_not_released(filled: sa.Connection) -> None:
    early = replace(asked(), now=WEEK.end + dt.timedelta(hours=35))
    with pytest.raises(NotEnoughData, match="released on"):
        authorized_answers.week(filled, early, WEEK)
    with pytest.raises(Forbidden, match="as_known_at"):
        authorized_answers.week(filled, asked(), WEEK, as_known_at=NOW)


def test_a_late_sighting_of_few_does_not_move_what_partners_see(filled: sa.Connection) -> None:
    before = numbers(authorized_answers.week(filled, asked(), WEEK))
    sightings.add(filled, seen(4, "75119", WEEK.start + dt.timedelta(hours=30)))
    assert numbers(authorized_answers.week(filled, asked(), WEEK)) == before
    exact = authorized_answers.week(filled, asked(Role.COORDINATOR), WEEK)
    assert exact["heads_counted"] == services.hotspots(filled, WEEK).document()["heads_counted"]


def test_a_late_sighting_of_many_makes_a_new_release(filled: sa.Connection) -> None:
    (before,) = partner_releases.released(filled, [WEEK], NOW)
    sightings.add(filled, seen(400, "75104", WEEK.start + dt.timedelta(hours=30)))
    (after,) = partner_releases.released(filled, [WEEK], NOW + dt.timedelta(hours=1))
    assert after.released_at > before.released_at
    assert after.rows != before.rows


def test_partners_ask_of_recorded_events_with_the_usual_windows(filled: sa.Connection) -> None:
    partner = asked(permission=Permission.READ_DISPLACEMENT)
    unknown = services.events.at_site(filled, "stalingrad", small_exercise.EVENT_AT)
    with pytest.raises(NotFound, match="event"):
        authorized_displacement.displacement(filled, partner, unknown)
    with pytest.raises(Forbidden, match="26 and 13"):
        authorized_displacement.displacement(filled, partner, unknown, before_weeks=25)


def test_what_followed_an_event_is_told_once(filled: sa.Connection) -> None:
    partner, about = asked(permission=Permission.READ_DISPLACEMENT), event(filled)
    before = authorized_displacement.displacement(filled, partner, about)
    exact = authorized_displacement.displacement(
        filled, asked(Role.COORDINATOR, permission=Permission.READ_DISPLACEMENT), about
    )
    for number in range(6):
        at = about.at + dt.timedelta(days=7 * number + 1)
        late = replace(seen(30 + number, "75119", at), point=small_exercise.STALINGRAD)
        sightings.add(filled, late)
    assert authorized_displacement.displacement(filled, partner, about) == before
    after = authorized_displacement.displacement(
        filled, asked(Role.COORDINATOR, permission=Permission.READ_DISPLACEMENT), about
    )
    assert after["territories"] != exact["territories"]


def test_what_followed_an_event_is_not_told_before_its_weeks_are_over(
    filled: sa.Connection,
) -> None:
    about = event(filled)
    early = replace(
        asked(permission=Permission.READ_DISPLACEMENT), now=about.at + dt.timedelta(weeks=3)
    )
    with pytest.raises(NotEnoughData, match="released on"):
        authorized_displacement.displacement(filled, early, about)


def test_the_scope_of_an_account_holds_for_totals_too(filled: sa.Connection) -> None:
    document = authorized_answers.week(filled, asked(Role.COORDINATOR, ("75119",)), WEEK)
    assert [row["code"] for row in document["territories"]] == ["75119"]
    assert document["heads"] == document["territories"][0]["heads"]
    assert {spot["territory"] for spot in document["hotspots"]} <= {"Paris 19e"}
    assert document["heaviest_visit"] is document["heads_robust"] is None
    assert {one["territories"][0]["code"] for one in document["borders"]} <= {"75119"}
    with pytest.raises(NotFound):
        authorized_answers.closure(
            filled,
            asked(Role.COORDINATOR, ("75119",), Permission.READ_CLOSURE),
            "jardins-eole",
            NOW,
        )


def numbers(document: dict[str, Any]) -> dict[str, int | None]:
    """Return every count of persons in a week's document that a reader may subtract."""
    rows = {row["code"]: row["heads_counted"] for row in document["territories"]}
    return {"total": document["heads_counted"], **rows}


def test_no_subtraction_of_two_answers_gives_a_small_count_back(small: Store) -> None:
    """Totals less cells, weeks less weeks, before less after a late sighting: nothing small."""
    rng = np.random.default_rng(11)
    weeks = [WEEK.shift(-back) for back in range(6)]
    codes = ["75104", "75111", "75117", "93001", "93055"]
    with small.begin() as conn:
        for week, code in itertools.product(weeks, codes):
            at = week.start + dt.timedelta(hours=int(rng.integers(0, 160)))
            sightings.add(
                conn, seen(int(rng.integers(0, 25)), code, at, 645_000 + 60 * (int(code) % 100))
            )
    first = [ask(small, week) for week in weeks]
    with small.begin() as conn:
        for week in weeks:
            sightings.add(conn, seen(int(rng.integers(1, 10)), str(rng.choice(codes)), week.start))
    later = [ask(small, week) for week in weeks]
    for answer, secret in [*first, *later]:
        told = {code for code, value in answer.items() if value is not None}
        assert not secret & told
        hidden = answer.keys() - told - {"total"}
        if answer["total"] is not None and hidden:
            left = answer["total"] - sum(answer[code] or 0 for code in told - {"total"})
            assert left >= 11 + 10 * (len(hidden) - 1)
    for (old, _), (new, _) in zip(first, later, strict=True):
        both = {code for code in old.keys() & new.keys() if None not in (old[code], new[code])}
        assert all(old[code] == new[code] or abs(old[code] - new[code]) >= 11 for code in both)
    assert any(secret for _, secret in first)


def ask(store: Store, week: IsoWeek) -> tuple[dict[str, int | None], set[str]]:
    """Return what a partner reads of a week, and which codes must not be told."""
    with store.begin() as conn:
        answer = numbers(authorized_answers.week(conn, asked(), week))
    with store.begin() as conn:
        rows = services.hotspots(conn, week).document()["territories"]
    return answer, {row["code"] for row in rows if 0 < row["heads_counted"] < 11}


def test_a_partner_s_documents_can_be_written_as_json(filled: sa.Connection) -> None:
    week = authorized_answers.week(filled, asked(), WEEK)
    board = authorized_answers.board(filled, asked(permission=Permission.READ_CLOSURE), NOW)
    assert json.loads(to_json({"week": week, "board": board}))["week"]["week"] == "2022-W40"


def test_what_second_visits_saw_is_not_told_by_two_ways_to_count() -> None:
    """Two places, one of 15 seen once, one of 5 seen twice: 25 counted less 20 standing is 5."""
    names = {"visits": 3, "places": 2}
    rows = [
        {"code": "a", "name": "A", **names, "heads": 20.0, "heads_counted": 25},
        {"code": "b", "name": "B", **names, "heads": 40.0, "heads_counted": 90},
        {"code": "c", "name": "C", **names, "heads": 30.0, "heads_counted": 30},
    ]
    told = partner_documents.week_table(Release(WEEK, NOW, rows))
    shown_rows = {row["code"]: row for row in told["territories"]}
    assert shown_rows["a"]["heads"] is shown_rows["a"]["heads_counted"] is None
    assert shown_rows["c"]["heads"] == 30 or told["heads"] is None


def test_an_event_tells_no_rate_and_no_share_of_the_spot(filled: sa.Connection) -> None:
    event = services.events.at_site(filled, "stalingrad", small_exercise.EVENT_AT)
    document = partner_documents.displacement(services.displacement(filled, event).document())
    elsewhere = document["sample"]["elsewhere"]
    assert elsewhere["heads_per_visit_before"] is elsewhere["heads_per_visit_after"] is None
    assert document["displaced_share"] is document["wdq"]["value"] is None
    assert {row["share"] for row in document["territories"]} == {None}
    told = [row[name] for row in document["territories"] for name in ("before", "after")]
    assert [value for value in told if value is not None and 0 < value < 11] == []


def test_a_week_in_which_nobody_looked_has_no_rows_for_partners(filled: sa.Connection) -> None:
    found = authorized_answers.week(filled, asked(), IsoWeek(2015, 1))
    assert (found["territories"], found["visits"]) == ([], 0)


def test_heads_near_a_closed_perimeter_are_told_by_their_day_alone() -> None:
    seen = {"heads": 25, "within_m": 80, "last_at": NOW, "sightings": 2}
    told = partner_documents.closure({"evidence": [], "nearby": seen})["nearby"]
    assert told == {"heads": None, "within_m": None, "last_at": NOW.date(), "sightings": None}
    assert partner_documents.closure({"evidence": [], "nearby": None})["nearby"] is None
