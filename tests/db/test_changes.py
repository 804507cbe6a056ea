"""Nothing is ever missed by who follows changes, in whatever order transactions commit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
import shapely
import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused
from geosites.core.records import Closure, Operation, OperationKind, Sighting
from geosites.db.closure import closures, operations
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind, Cursor
from geosites.db.reports import sightings

SEEN_AT = dt.datetime(2023, 7, 13, 12, 0, tzinfo=dt.UTC)
POINT = shapely.Point(653_090.0, 6_865_500.0)


def seen(number: int, **values: object) -> Sighting:
    known = {
        "id": UUID(int=number),
        "observed_at": SEEN_AT,
        "point": POINT,
        "headcount": 3,
        "territory": "75119",
    }
    return Sighting(**{**known, **values})  # type: ignore[arg-type]


def ids(page: changes.ChangeFeedPage) -> list[int]:
    return [UUID(one).int for change in page.changes for one in change.ids or ()]


def test_what_commits_late_is_not_passed_over(store: Store) -> None:
    with store.engine.connect() as slow, store.engine.connect() as reader:
        late = slow.begin()
        sightings.add(slow, seen(1))
        with store.begin() as quick:
            sightings.add(quick, seen(2))
        before = changes.page(reader, None, 10)
        reader.rollback()
        late.commit()
        after = changes.page(reader, before.next, 10)
        reader.rollback()
        again = changes.page(reader, after.next, 10)
    assert ids(before) == []
    assert ids(after) == [1, 2]
    assert ids(again) == []


def test_pages_one_by_one_give_what_one_page_gives(store: Store) -> None:
    for number in range(1, 6):
        with store.begin() as conn:
            sightings.add(conn, seen(number))
    found: list[int] = []
    with store.begin() as conn:
        page = changes.page(conn, None, 2)
        found += ids(page)
        while page.more:
            page = changes.page(conn, page.next, 2)
            found += ids(page)
        assert found == ids(changes.page(conn, None, 100)) == [1, 2, 3, 4, 5]


def test_kinds_say_what_happened(store: Store) -> None:
    area = shapely.MultiPolygon([POINT.buffer(100)])
    operation = Operation(
        id=UUID(int=7),
        started_at=SEEN_AT,
        ended_at=SEEN_AT + dt.timedelta(hours=2),
        kind=OperationKind.DISPERSAL,
        area=area,
    )
    closure = Closure(id=UUID(int=8), site="forceval", closed_from=SEEN_AT)
    with store.begin() as conn:
        sightings.add(conn, seen(1))
        sightings.add(conn, seen(2))
    with store.begin() as conn:
        sightings.correct(conn, seen(1, headcount=4))
        operations.add(conn, operation)
        closures.add(conn, closure)
    with store.begin() as conn:
        row = sa.text(
            "WITH closed AS (UPDATE sighting SET known = tstzrange(lower(known), now())"
            " WHERE id = :id AND upper_inf(known) RETURNING *)"
            " INSERT INTO sighting SELECT id, observed_at, time_precision, received_at, point,"
            " accuracy_m, headcount, duration_min, origin, activity, unit, verified, site,"
            " territory, :head, tstzrange(now(), NULL) FROM closed"
        )
        conn.execute(row, {"id": UUID(int=2), "head": UUID(int=1)})
    with store.begin() as conn:
        told = [(one.kind, one.territory) for one in changes.page(conn, None, 10).changes]
    assert told == [
        (ChangeKind.SIGHTING_ADDED, "75119"),
        (ChangeKind.SIGHTING_ADDED, "75119"),
        (ChangeKind.SIGHTING_CORRECTED, "75119"),
        (ChangeKind.OPERATION_ADDED, told[3][1]),
        (ChangeKind.CLOSURE_DECLARED, told[4][1]),
        (ChangeKind.SIGHTING_MERGED, "75119"),
    ]
    assert told[3][1] is not None
    assert told[4][1] is not None


def test_many_rows_of_one_statement_come_in_bundles(store: Store) -> None:
    statement = sa.text(
        "INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin,"
        " territory) SELECT lpad(to_hex(n), 32, '0')::uuid, :at, 'instant',"
        " ST_SetSRID(ST_MakePoint(653090, 6865500), 2154), 1, 'patrol', '75119'"
        " FROM generate_series(1, 250) AS n"
    )
    with store.begin() as conn:
        conn.execute(statement, {"at": SEEN_AT})
    with store.begin() as conn:
        page = changes.page(conn, None, 10)
    assert [len(one.ids or ()) for one in page.changes] == [100, 100, 50]
    assert ids(page) == list(range(1, 251))


def test_who_sees_some_territories_follows_those(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, seen(1))
        sightings.add(conn, seen(2, territory="75118"))
        changes.note(conn, ChangeKind.WEEK_NEW, monday=dt.date(2023, 7, 10))
    with store.begin() as conn:
        page = changes.page(conn, None, 10, scope=["75118"])
        kinds = [one.kind for one in page.changes]
        assert changes.page(conn, page.next, 10).changes == []
    assert kinds == [ChangeKind.SIGHTING_ADDED, ChangeKind.WEEK_NEW]


def test_a_restored_store_is_followed_from_its_beginning(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, seen(1))
    with store.begin() as conn:
        cursor = changes.page(conn, None, 10).next
        conn.execute(sa.text("UPDATE change SET xid = 4000000000000"))
        conn.execute(sa.text("UPDATE mark SET value = 'ab' WHERE name = 'changes_written_by'"))
    with store.begin() as conn:
        sightings.add(conn, seen(2))
    with store.begin() as conn:
        with pytest.raises(Conflict, match="restore"):
            changes.page(conn, replace(cursor, cluster="ab"), 10)
        assert ids(changes.page(conn, None, 10)) == [1, 2]


@pytest.mark.parametrize("text", ["", "7", "x-1-1", "ab-1-99999999999999999999", "ab-1-1\n"])
def test_a_cursor_from_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not a cursor"):
        Cursor.parse(text)


def test_what_is_settled_lies_before_every_writer(store: Store) -> None:
    with store.engine.connect() as writer, store.begin() as reader, writer.begin():
        sightings.add(writer, seen(1))
        began = writer.execute(sa.select(sa.func.now())).scalar_one()
        assert changes.settled_at(reader) <= began
