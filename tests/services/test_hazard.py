"""What is kept of the history of all sites says just what all of it says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import shapely
import sqlalchemy as sa

from geosites.analysis.closure import Hazard, exposure, hazard_of
from geosites.core.records import Closure, Sighting
from geosites.db.closure import closure_inputs, closures, reactivation_hazard
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.db.schema.closures import closure_risk, closure_stale
from geosites.exercise import DAYS_THAT_MATTER
from geosites.services.closure_status.reactivation_hazard import (
    BASIS,
    bring_up_to_date,
    closure_hazard,
)

DAY = dt.timedelta(days=1)
LATER = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
REOPENED = DAYS_THAT_MATTER["reopened"][1]


def computed(conn: sa.Connection, as_of: dt.datetime) -> Hazard:
    return hazard_of(((one.visits, one.closures) for one in closure_inputs.list_all(conn)), as_of)


def seen(conn: sa.Connection, slug: str, at: dt.datetime, heads: int) -> Sighting:
    here = sites.get(conn, slug)
    return Sighting(
        id=uuid.uuid4(),
        observed_at=at,
        point=here.perimeter.centroid,
        headcount=heads,
        verified=True if heads else None,
        territory=here.territory,
    )


def return_of_heads(conn: sa.Connection, known_from: dt.datetime | None = None) -> None:
    sightings.add(conn, seen(conn, "forceval", REOPENED - 90 * DAY, 7), known_from)


def correction(conn: sa.Connection) -> None:
    area = sites.get(conn, "forceval").perimeter
    near = sightings.near(conn, area, 100.0, until=LATER)
    for name in near[(near.observed_at > REOPENED - 5 * DAY) & (near.headcount > 0)].id:
        rejected = dataclasses.replace(sightings.get(conn, name), verified=False)
        sightings.correct(conn, rejected)


def another_closure(conn: sa.Connection, slug: str = "porte-villette") -> None:
    at = REOPENED - 200 * DAY
    closures.add(conn, Closure(id=uuid.uuid4(), site=slug, closed_from=at))
    for visit in range(-15, 15):
        told = seen(conn, slug, at + visit * dt.timedelta(hours=31), 9 * (visit < 0))
        sightings.add(conn, told)


def an_end(conn: sa.Connection) -> None:
    (only,) = closures.of_site(conn, "forceval")
    end = REOPENED - 100 * DAY
    closures.correct(conn, dataclasses.replace(only, closed_until=end))


def a_perimeter_elsewhere(conn: sa.Connection) -> None:
    here = sites.get(conn, "forceval")
    moved = shapely.affinity.translate(here.perimeter, 900.0, 0.0)
    sites.put(conn, dataclasses.replace(here, perimeter=moved))


def an_erasure(conn: sa.Connection) -> None:
    conn.execute(sa.text("SET LOCAL geosites.retention = 'on'"))
    conn.execute(sa.text("DELETE FROM sighting WHERE observed_at > '2023-06-01'"))


@pytest.mark.parametrize(
    "change",
    [return_of_heads, correction, another_closure, an_end, a_perimeter_elsewhere, an_erasure],
)
def test_after_any_change_it_is_what_all_of_it_says(in_exercise: sa.Connection, change) -> None:
    before = closure_hazard(in_exercise, LATER)
    change(in_exercise)
    assert closure_hazard(in_exercise, LATER) == computed(in_exercise, LATER) != before


@pytest.mark.parametrize("name", ["confirmed", "contradicted", "reopened", "lifted"])
def test_at_an_instant_it_rests_on_what_was_until_then(
    in_exercise: sa.Connection, name: str
) -> None:
    at = DAYS_THAT_MATTER[name][1]
    assert closure_hazard(in_exercise, at) == computed(in_exercise, at)
    assert closure_hazard(in_exercise, at, LATER) == computed(in_exercise, at)


def test_it_grows_with_each_return(in_exercise: sa.Connection) -> None:
    before = closure_hazard(in_exercise, DAYS_THAT_MATTER["clean"][1])
    after = closure_hazard(in_exercise, REOPENED)
    assert after.reactivations == before.reactivations + 1


def test_as_known_then_it_rests_on_what_was_known(in_exercise: sa.Connection) -> None:
    before = closure_hazard(in_exercise, LATER)
    return_of_heads(in_exercise, LATER)
    assert closure_hazard(in_exercise, LATER, LATER - DAY) == before
    assert closure_hazard(in_exercise, LATER) != before


def test_what_changed_nothing_is_not_computed_again(in_exercise: sa.Connection) -> None:
    closure_hazard(in_exercise, LATER)
    in_exercise.execute(sa.update(closure_risk).values(step_returns=[]))
    before = closure_hazard(in_exercise, LATER)
    assert in_exercise.execute(sa.select(sa.func.count(closure_stale.c.id))).scalar_one() == 0
    sightings.add(in_exercise, seen(in_exercise, "stalingrad", REOPENED, 9))
    assert closure_hazard(in_exercise, LATER).site_years == before.site_years


def test_what_other_rules_computed_is_computed_again(in_exercise: sa.Connection) -> None:
    right = closure_hazard(in_exercise, LATER)
    in_exercise.execute(sa.update(closure_risk).values(step_at_risk_us=[1]))
    kept = store_flags.get(in_exercise, reactivation_hazard.MARK)
    assert kept is not None
    store_flags.put(
        in_exercise, reactivation_hazard.MARK, kept.replace('"basis": "', '"basis": "old ')
    )
    assert closure_hazard(in_exercise, LATER) == right


def test_what_another_is_just_writing_is_not_missed(store: Store) -> None:
    with store.begin() as conn:
        another_closure(conn)
    with store.begin() as writing:
        sightings.add(writing, seen(writing, "porte-villette", REOPENED, 9))
        with store.begin() as reading:
            assert closure_hazard(reading, LATER) == computed(reading, LATER)
    with store.begin() as conn:
        assert closure_hazard(conn, LATER) == computed(conn, LATER)
        assert closure_hazard(conn, LATER).reactivations == 1


def test_a_site_added_while_a_sighting_is_written_sees_it(store: Store) -> None:
    with store.begin() as writing:
        sightings.add(writing, seen(writing, "porte-villette", REOPENED, 9))
        with store.begin() as declaring:
            another_closure(declaring)
        with store.begin() as reading:
            assert closure_hazard(reading, LATER).reactivations == 0
    with store.begin() as conn:
        assert closure_hazard(conn, LATER).reactivations == 1


def up_to_date(conn: sa.Connection) -> bool:
    return reactivation_hazard.totals(conn, BASIS) is not None


def test_brought_up_to_date_in_pieces_it_is_the_same(store: Store) -> None:
    with store.begin() as conn:
        another_closure(conn)
        another_closure(conn, "forceval")
        assert not up_to_date(conn)
    bring_up_to_date(store, at_a_time=1)
    with store.begin() as conn:
        assert up_to_date(conn)
        right = computed(conn, LATER)
        assert closure_hazard(conn, LATER) == right
        return_of_heads(conn)
        an_end(conn)
        another_closure(conn, "stalingrad")
        assert not up_to_date(conn)
    bring_up_to_date(store, at_a_time=1)
    with store.begin() as conn:
        assert up_to_date(conn)
        assert closure_hazard(conn, LATER) == computed(conn, LATER) != right


def test_who_asks_between_two_pieces_gets_all_of_it(store: Store) -> None:
    with store.begin() as conn:
        another_closure(conn)
        another_closure(conn, "forceval")
        noted, slugs = reactivation_hazard.claim(conn, BASIS, 1)
        exposures = {
            item.site.slug: exposure(item.visits, item.closures)
            for item in closure_inputs.list_all(conn, slugs)
        }
        reactivation_hazard.settle(conn, noted, exposures, BASIS)
        assert len(exposures) == 1
        assert not up_to_date(conn)
        assert closure_hazard(conn, LATER) == computed(conn, LATER)
