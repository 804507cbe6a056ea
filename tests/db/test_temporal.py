"""Rows known for a time, on the real PostGIS."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import shapely
import sqlalchemy as sa

from conftest import NOW
from geosites.core.errors import Conflict, NotFound
from geosites.core.records import Closure, Operation, OperationKind, Sighting, Site
from geosites.db.closure import closures, operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.db.schema.sightings import sighting as table

HERE = shapely.Point(653_200.0, 6_866_600.0)
HOUR = dt.timedelta(hours=1)


def _sighting(**changes: object) -> Sighting:
    values = {"id": uuid.uuid4(), "observed_at": NOW, "point": HERE, "headcount": 3}
    return Sighting(**{**values, "territory": "75119", **changes})  # type: ignore[arg-type]


def test_a_sighting_comes_back_as_it_was_recorded(conn: sa.Connection) -> None:
    given = _sighting(accuracy_m=12.5, unit="PP-19", verified=True, site="forceval")
    assert sightings.add(conn, given)
    assert sightings.get(conn, given.id) == given


def test_the_same_sighting_twice_is_recorded_once(conn: sa.Connection) -> None:
    given = _sighting()
    assert [sightings.add(conn, given), sightings.add(conn, given)] == [True, False]
    assert sightings.count(conn) == 1


def test_another_sighting_under_the_same_id_is_a_conflict(conn: sa.Connection) -> None:
    given = _sighting()
    sightings.add(conn, given)
    with pytest.raises(Conflict, match=str(given.id)):
        sightings.add(conn, dataclasses.replace(given, headcount=4))


def test_a_correction_leaves_what_was_known_before_askable(conn: sa.Connection) -> None:
    given = _sighting(headcount=3)
    sightings.add(conn, given, NOW)
    sightings.correct(conn, dataclasses.replace(given, headcount=5), NOW + HOUR)
    at = [NOW, NOW + HOUR - dt.timedelta(microseconds=1), NOW + HOUR]
    assert [sightings.get(conn, given.id, instant).headcount for instant in at] == [3, 3, 5]
    assert sightings.count(conn) == 1


def test_a_correction_cannot_come_before_what_it_corrects(conn: sa.Connection) -> None:
    given = _sighting()
    sightings.add(conn, given, NOW)
    with pytest.raises(Conflict, match="after what it corrects"):
        sightings.correct(conn, dataclasses.replace(given, headcount=5), NOW - HOUR)


def test_what_is_not_recorded_is_not_found(conn: sa.Connection) -> None:
    with pytest.raises(NotFound):
        sightings.correct(conn, _sighting())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sighting SET headcount = 9",
        "UPDATE sighting SET known = tstzrange(lower(known) - interval '1 day', now())",
        "DELETE FROM sighting",
        "UPDATE sighting SET known = tstzrange(lower(known), now()), headcount = 9",
        "UPDATE sighting SET known = tstzrange(lower(known), now()), unit = 'other'",
        "UPDATE sighting SET known = tstzrange(lower(known), now()),"
        " point = ST_Translate(point, 2e-10, 0)",
    ],
)
def test_the_database_lets_nobody_rewrite_history(conn: sa.Connection, statement: str) -> None:
    sightings.add(conn, _sighting(), NOW)
    with pytest.raises(sa.exc.IntegrityError):
        conn.execute(sa.text(statement))


def test_retention_alone_may_erase(conn: sa.Connection) -> None:
    sightings.add(conn, _sighting(), NOW)
    conn.execute(sa.text("SET LOCAL geosites.retention = 'on'"))
    conn.execute(sa.delete(table))
    assert sightings.count(conn) == 0


def test_a_frame_has_the_same_columns_and_types_when_it_is_empty(conn: sa.Connection) -> None:
    empty = sightings.during(conn, NOW, NOW + HOUR)
    sightings.add(conn, _sighting(), NOW)
    full = sightings.during(conn, NOW, NOW + HOUR)
    assert (len(empty), len(full)) == (0, 1)
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert empty.crs == full.crs == 2154


def test_a_time_span_holds_its_start_and_not_its_end(conn: sa.Connection) -> None:
    for hours in (0, 1):
        sightings.add(conn, _sighting(observed_at=NOW + hours * HOUR))
    assert list(sightings.during(conn, NOW, NOW + HOUR).observed_at) == [NOW]
    assert sightings.span(conn) == (NOW, NOW + HOUR)


def test_near_measures_metres_from_the_perimeter(conn: sa.Connection) -> None:
    for east in (0.0, 149.0, 151.0):
        point = shapely.Point(HERE.x + 100.0 + east, HERE.y)
        sightings.add(conn, _sighting(point=point))
    disc = HERE.buffer(100.0, quad_segs=64)
    near = sightings.near(conn, disc, 150.0, until=NOW)
    assert len(near) == 2
    assert len(sightings.near(conn, disc, 150.0, until=NOW - HOUR)) == 0


def test_a_merged_sighting_counts_once(conn: sa.Connection) -> None:
    one, other = _sighting(), _sighting()
    sightings.add(conn, one, NOW)
    sightings.add(conn, other, NOW)
    conn.execute(
        sa.text("UPDATE sighting SET known = tstzrange(lower(known), :at)"), {"at": NOW + HOUR}
    )
    merged = sa.text(
        "INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin,"
        " territory, superseded_by) SELECT id, observed_at, time_precision, point, headcount,"
        " origin, territory, CASE WHEN id = :other THEN CAST(:one AS uuid) END FROM sighting"
    )
    conn.execute(merged, {"one": one.id, "other": other.id})
    assert list(sightings.during(conn, NOW, NOW + HOUR).id) == [str(one.id)]


def test_closures_of_a_site_never_overlap(conn: sa.Connection) -> None:
    first = Closure(id=uuid.uuid4(), site="forceval", closed_from=NOW, closed_until=NOW + HOUR)
    after = Closure(id=uuid.uuid4(), site="forceval", closed_from=NOW + HOUR)
    assert closures.add(conn, first)
    assert closures.add(conn, after)
    assert not closures.add(conn, after)
    assert closures.of_site(conn, "forceval") == [first, after]
    third = Closure(id=uuid.uuid4(), site="forceval", closed_from=NOW + 2 * HOUR)
    with pytest.raises(Conflict, match=str(after.id)):
        closures.add(conn, third)


def test_the_database_refuses_overlapping_closures_by_itself(conn: sa.Connection) -> None:
    insert = sa.text(
        "INSERT INTO closure (id, site, during, review_days) VALUES"
        " (gen_random_uuid(), 'forceval', tstzrange(now(), NULL), 14)"
    )
    conn.execute(insert)
    with pytest.raises(sa.exc.IntegrityError, match="closure_no_overlap"):
        conn.execute(insert)


def test_an_extended_closure_replaces_the_one_it_extends(conn: sa.Connection) -> None:
    first = Closure(id=uuid.uuid4(), site="forceval", closed_from=NOW, closed_until=NOW + HOUR)
    closures.add(conn, first, NOW)
    longer = dataclasses.replace(first, closed_until=None)
    closures.correct(conn, longer, NOW + HOUR)
    assert closures.of_site(conn, "forceval") == [longer]
    assert closures.of_site(conn, "forceval", NOW) == [first]


def test_an_operation_comes_back_as_it_was_recorded(conn: sa.Connection) -> None:
    given = Operation(
        id=uuid.uuid4(),
        started_at=NOW,
        ended_at=NOW + HOUR,
        kind=OperationKind.DISPERSAL,
        area=shapely.MultiPolygon([HERE.buffer(50.0)]),
        headcount_dispersed=40,
        arrests=2,
        site="forceval",
        source="test",
    )
    assert operations.add(conn, given)
    assert operations.get(conn, given.id) == given
    assert operations.during(conn, NOW + HOUR, NOW + 2 * HOUR) == []
    assert operations.during(conn, NOW, NOW + HOUR) == [given]


def test_an_unknown_site_names_near_ones(conn: sa.Connection) -> None:
    with pytest.raises(NotFound) as caught:
        sites.get(conn, "forcevall")
    assert caught.value.near[0] == "forceval"


def test_a_moved_perimeter_is_a_new_version(conn: sa.Connection) -> None:
    before = sites.get(conn, "stalingrad")
    moved = dataclasses.replace(before, perimeter=shapely.MultiPolygon([HERE.buffer(60.0)]))
    later = dt.datetime.now(dt.UTC) + HOUR
    assert sites.put(conn, moved, later)
    assert not sites.put(conn, moved, later)
    assert sites.get(conn, "stalingrad", later) == moved
    assert sites.get(conn, "stalingrad", later - dt.timedelta(seconds=1)) == before
    with pytest.raises(Conflict, match="stalingrad"):
        sites.add(conn, moved)


@pytest.mark.parametrize("slug", ["Forceval", "a b", "-a", "", "a--b", "x'; DROP TABLE site"])
def test_a_slug_has_one_form(slug: str) -> None:
    with pytest.raises(Exception, match="slug"):
        Site(slug=slug, name="x", perimeter=HERE.buffer(9), precision_m=1, territory="75119")


def test_an_error_rolls_the_whole_transaction_back(store: Store) -> None:
    class Stop(Exception):
        pass

    def half_way() -> None:
        with store.begin() as conn:
            sightings.add(conn, _sighting())
            raise Stop

    with pytest.raises(Stop):
        half_way()
    with store.begin() as conn:
        assert sightings.count(conn) == 0
