"""Sightings of one scene: found, merged, parted, on the real PostGIS."""

from __future__ import annotations

import datetime as dt
import uuid
from uuid import UUID

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from conftest import NOW
from geosites.core.errors import Conflict, NotFound, Refused
from geosites.core.records import Origin, Sighting, TimePrecision
from geosites.db.closure import closure_inputs
from geosites.db.reports import duplicate_merges, duplicates, sightings, visits
from geosites.db.schema.duplicates import sighting_judgement as judged
from geosites.validation.api_schemas.duplicate_schemas import Judgement, JudgementReason

HERE = shapely.Point(653_200.0, 6_866_600.0)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def seen(conn: sa.Connection, east: float = 0.0, minutes: int = 0, **changes: object) -> UUID:
    values = {
        "id": uuid.uuid4(),
        "observed_at": NOW + minutes * MINUTE,
        "point": shapely.Point(HERE.x + east, HERE.y),
        "headcount": 3,
        "unit": "BST 19",
        "territory": "75119",
    }
    sighting = Sighting(**{**values, **changes})  # type: ignore[arg-type]
    sightings.add(conn, sighting, NOW - DAY)
    return sighting.id


def said(sighting: UUID, other: UUID, same: bool = True, **changes: object) -> Judgement:
    reason = JudgementReason.SAME_SCENE if same else JudgementReason.OTHER_GROUP
    values = {"sighting": sighting, "other": other, "same": same, "reason": reason}
    return Judgement(**{**values, "login": "marie", "unit": "PP", **changes})  # type: ignore[arg-type]


def found(conn: sa.Connection) -> list[tuple[UUID, UUID]]:
    listed, total = duplicates.pairs(conn, NOW - DAY, NOW + DAY, 50)
    assert total == len(listed)
    return [(pair.first.id, pair.second.id) for pair in listed]


@pytest.mark.parametrize(
    ("east", "minutes", "changes", "near"),
    [
        (149.0, 29, {"unit": "DPSP"}, True),
        (151.0, 29, {"unit": "DPSP"}, False),
        (149.0, 31, {"unit": "DPSP"}, False),
        (151.0, 0, {"unit": "DPSP", "accuracy_m": 20.0}, True),
        (251.0, 0, {"unit": "DPSP", "accuracy_m": 5000.0}, False),
        (249.0, 0, {"unit": "DPSP", "accuracy_m": 5000.0}, True),
        (10.0, 5, {"unit": None}, True),
        (10.0, 5, {"headcount": 4}, False),
        (10.0, 5, {}, True),
        (10.0, 5, {"headcount": 4, "origin": Origin.CALL}, True),
        (10.0, 5, {"headcount": 0, "unit": "DPSP"}, False),
        (10.0, 5, {"unit": "DPSP", "time_precision": TimePrecision.DAY}, False),
    ],
)
def test_what_is_near_in_time_and_place_is_a_possible_duplicate(
    conn: sa.Connection, east: float, minutes: int, changes: dict[str, object], near: bool
) -> None:
    one = seen(conn)
    other = seen(conn, east, minutes, **changes)
    pair = {(one, other), (other, one)}
    assert bool(pair & set(found(conn))) is near
    assert [one.id for one in duplicates.of(conn, [other]).get(other, [])] == [one] * near


def test_what_was_rejected_is_no_duplicate_and_takes_nothing_in(conn: sa.Connection) -> None:
    one, other = seen(conn, verified=False), seen(conn, 10, 5, unit="DPSP")
    assert found(conn) == []
    assert duplicates.of(conn, [one, other]) == {}
    with pytest.raises(Refused, match="counts nowhere"):
        duplicate_merges.merge(conn, said(other, one))
    assert duplicate_merges.merge(conn, said(one, other)) == other


def test_a_merged_sighting_counts_once_on_every_road(conn: sa.Connection) -> None:
    one = seen(conn, site="forceval")
    other = seen(conn, 10, 5, unit="DPSP", site="forceval")
    assert duplicate_merges.merge(conn, said(other, one)) == one
    assert found(conn) == []
    assert list(sightings.during(conn, NOW, NOW + DAY).id) == [str(one)]
    assert len(visits.during(conn, NOW, NOW + DAY).heads) == 1
    assert list(sightings.near(conn, HERE, 500, until=NOW + DAY).id) == [str(one)]
    assert str(other) not in closure_inputs.get(conn, "forceval").visits.ids


def test_what_was_known_before_a_merge_stays_askable(conn: sa.Connection) -> None:
    one, other = seen(conn), seen(conn, 10, 5, unit="DPSP")
    duplicate_merges.merge(conn, said(other, one))
    before = sightings.during(conn, NOW, NOW + DAY, as_known_at=NOW - DAY)
    assert set(before.id) == {str(one), str(other)}


def test_a_merge_and_a_parting_say_who_and_why(conn: sa.Connection) -> None:
    one, other = seen(conn), seen(conn, 10, 5, unit="DPSP")
    duplicate_merges.merge(conn, said(other, one))
    (merged,) = duplicate_merges.merged(conn, NOW, NOW + DAY)
    assert (merged.sighting.id, merged.into.id) == (other, one)
    assert (merged.judgement.login, merged.judgement.reason) == ("marie", "same_scene")
    assert duplicate_merges.part(conn, said(other, one, same=False))
    assert duplicate_merges.merged(conn, NOW, NOW + DAY) == []
    kept = sa.select(judged.c.same, judged.c.reason).where(judged.c.sighting == other)
    assert conn.execute(kept.order_by(sa.func.lower(judged.c.known))).all() == [
        (True, "same_scene"),
        (False, "other_group"),
    ]
    assert len(sightings.during(conn, NOW, NOW + DAY)) == 2
    assert found(conn) == [], "what was parted is not proposed again"


def test_two_that_were_never_merged_can_be_kept_apart(conn: sa.Connection) -> None:
    one, other = seen(conn), seen(conn, 10, 5, unit="DPSP")
    assert not duplicate_merges.part(conn, said(one, other, same=False))
    assert found(conn) == []
    assert duplicates.of(conn, [other]) == {}
    assert duplicate_merges.merge(conn, said(other, one)) == one, "a coordinator may think again"


def test_a_merge_goes_into_the_head_and_takes_its_members_along(conn: sa.Connection) -> None:
    first, second, third, fourth = (
        seen(conn, 10.0 * number, number, unit=f"unit {number}") for number in range(4)
    )
    duplicate_merges.merge(conn, said(second, first))
    assert duplicate_merges.merge(conn, said(third, second)) == first
    assert duplicate_merges.merge(conn, said(first, fourth)) == fourth
    heads = [duplicate_merges.head_of(conn, one) for one in (first, second, third, fourth)]
    assert heads == [fourth, fourth, fourth, None]
    assert duplicate_merges.merge(conn, said(third, second)) == fourth, (
        "said again, nothing changes"
    )
    with pytest.raises(Conflict, match="is merged into"):
        duplicate_merges.merge(conn, said(fourth, first))


def test_what_is_merged_elsewhere_is_parted_first(conn: sa.Connection) -> None:
    one, other, third = (seen(conn, 10.0 * n, n, unit=f"unit {n}") for n in range(3))
    duplicate_merges.merge(conn, said(one, other))
    with pytest.raises(Conflict, match="already"):
        duplicate_merges.merge(conn, said(one, third))
    with pytest.raises(Conflict, match="not into"):
        duplicate_merges.part(conn, said(one, third, same=False))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"headcount": 0}, "nobody"),
        ({"origin": Origin.CALL}, "call"),
        ({"point": shapely.Point(HERE.x + 1100, HERE.y)}, "1100 m"),
        ({"observed_at": NOW + dt.timedelta(hours=7)}, "7:00"),
    ],
)
def test_what_cannot_be_one_scene_is_not_merged(
    conn: sa.Connection, changes: dict[str, object], word: str
) -> None:
    one, other = seen(conn), seen(conn, unit="DPSP", **changes)
    with pytest.raises(Refused, match=word):
        duplicate_merges.merge(conn, said(one, other))


def test_a_reason_belongs_to_its_judgement() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    with pytest.raises(Refused, match="not a reason to merge"):
        said(one, other, reason=JudgementReason.OTHER_TIME)
    with pytest.raises(Refused, match="itself"):
        said(one, one)


def test_what_is_not_recorded_cannot_be_judged(conn: sa.Connection) -> None:
    one = seen(conn)
    with pytest.raises(NotFound):
        duplicate_merges.merge(conn, said(one, uuid.uuid4()))


def test_a_correction_keeps_what_was_merged_merged(conn: sa.Connection) -> None:
    one, other = seen(conn), seen(conn, 10, 5, unit="DPSP")
    received = sightings.current(conn, other)["received_at"]
    duplicate_merges.merge(conn, said(other, one))
    corrected = sightings.get(conn, other)
    sightings.correct(conn, corrected)
    kept = sightings.current(conn, other)
    assert (kept["superseded_by"], kept["received_at"]) == (one, received)


def test_nobody_rewrites_what_was_said(conn: sa.Connection) -> None:
    one, other = seen(conn), seen(conn, 10, 5, unit="DPSP")
    duplicate_merges.merge(conn, said(other, one))
    with pytest.raises(sa.exc.IntegrityError):
        conn.execute(sa.text("UPDATE sighting_judgement SET login = 'nobody'"))


def test_pairs_are_found_by_an_index_and_not_by_comparing_all(conn: sa.Connection) -> None:
    rng = np.random.default_rng(3)
    spread = sa.text(
        "INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin, unit,"
        " territory) SELECT gen_random_uuid(), at, 'instant', ST_SetSRID(ST_MakePoint(x, y), 2154),"
        " 2, 'patrol', 'unit ' || n % 7, '75119' FROM unnest(cast(:at AS timestamptz[]),"
        " cast(:x AS float8[]), cast(:y AS float8[])) WITH ORDINALITY AS t (at, x, y, n)"
    )
    size = 20_000
    at = [NOW - DAY * float(days) for days in rng.uniform(0, 28, size)]
    x, y = (HERE.x + rng.uniform(-4000, 4000, size)), (HERE.y + rng.uniform(-4000, 4000, size))
    conn.execute(spread, {"at": at, "x": x.tolist(), "y": y.tolist()})
    conn.execute(sa.text("ANALYZE sighting"))
    listed, total = duplicates.pairs(conn, NOW - 28 * DAY, NOW, 50)
    assert len(listed) == 50 < total
    newest = [pair.first.observed_at for pair in listed]
    assert newest == sorted(newest, reverse=True)
    assert all(pair.second.observed_at - pair.first.observed_at <= 30 * MINUTE for pair in listed)
