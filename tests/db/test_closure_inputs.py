"""What a question about a closure rests on: which sightings count, and as what."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import shapely
import sqlalchemy as sa

from conftest import NOW
from geosites.core.errors import NotFound
from geosites.core.records import Closure, Origin, Sighting, Site, TimePrecision
from geosites.db.closure import closure_inputs, closures
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings
from geosites.db.schema.sightings import sighting as table

CENTRE = shapely.Point(653_200.0, 6_866_600.0)
RADIUS_M = 100.0
HOUR = dt.timedelta(hours=1)
HERE = Site(
    slug="here",
    name="Here",
    perimeter=shapely.MultiPolygon([CENTRE.buffer(RADIUS_M, quad_segs=64)]),
    precision_m=0.0,
    territory="75119",
)


@pytest.fixture
def here(conn: sa.Connection) -> sa.Connection:
    """Return a connection to a store with a round site in it."""
    sites.add(conn, HERE, NOW)
    return conn


def seen(off_m: float, **changes: object) -> Sighting:
    """Return a sighting so many metres off the perimeter, to the east."""
    values = {
        "id": uuid.uuid4(),
        "observed_at": NOW,
        "point": shapely.Point(CENTRE.x + RADIUS_M + off_m, CENTRE.y),
        "headcount": 3,
        "territory": "75119",
    }
    return Sighting(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("off_m", "accuracy_m", "named", "inside"),
    [
        (-50.0, None, None, True),
        (5.0, None, None, False),
        (5.0, 10.0, None, True),
        (15.0, 10.0, None, False),
        (99.0, 5_000.0, None, True),
        (101.0, 5_000.0, None, None),
        (149.0, None, None, False),
        (151.0, None, None, None),
        (150.0, 10.0, "here", False),
        (149.0, 10.0, "forceval", False),
        (199.0, None, "here", False),
        (201.0, None, "here", None),
    ],
)
def test_heads_count_by_where_they_were_seen(
    here: sa.Connection,
    off_m: float,
    accuracy_m: float | None,
    named: str | None,
    inside: bool | None,
) -> None:
    sightings.add(here, seen(off_m, accuracy_m=accuracy_m, site=named))
    visits = closure_inputs.get(here, "here").visits
    assert list(visits.inside) == ([] if inside is None else [inside])


@pytest.mark.parametrize(
    ("off_m", "accuracy_m", "named", "covers"),
    [
        (-50.0, None, None, True),
        (-50.0, None, "forceval", True),
        (0.0, None, None, True),
        (-50.0, 100.0, None, True),
        (-50.0, 500.0, "here", False),
        (-50.0, 5_000.0, None, False),
        (40.0, 45.0, None, True),
        (60.0, 90.0, "here", False),
        (190.0, None, "here", False),
        (190.0, 500.0, "here", False),
        (190.0, None, None, None),
    ],
)
def test_an_empty_visit_is_evidence_for_where_it_was_and_not_for_what_it_names(
    here: sa.Connection,
    off_m: float,
    accuracy_m: float | None,
    named: str | None,
    covers: bool | None,
) -> None:
    sightings.add(here, seen(off_m, headcount=0, accuracy_m=accuracy_m, site=named))
    visits = closure_inputs.get(here, "here").visits
    assert list(visits.covers) == ([] if covers is None else [covers])


def test_how_far_heads_stood_is_told_where_the_position_is_known_well(here: sa.Connection) -> None:
    for off_m, accuracy_m in ((80.0, 20.0), (90.0, 400.0)):
        at = NOW + off_m * HOUR
        sightings.add(here, seen(off_m, accuracy_m=accuracy_m, observed_at=at))
    off = closure_inputs.get(here, "here").visits.off_m
    assert off == pytest.approx([80.0, float("nan")], abs=0.1, nan_ok=True)


def test_a_visit_sees_the_ground_around_it_of_every_part(here: sa.Connection) -> None:
    apart = shapely.affinity.translate(HERE.perimeter.geoms[0], 800.0)
    two = shapely.MultiPolygon([HERE.perimeter.geoms[0], apart])
    sites.put(here, dataclasses.replace(HERE, perimeter=two), NOW + HOUR)
    sightings.add(here, seen(-RADIUS_M, headcount=0))
    visits = closure_inputs.get(here, "here").visits
    assert visits.sees is not None
    assert visits.sees[0] @ visits.ground.share == pytest.approx(0.5)


def test_whose_unit_it_was_does_not_matter_but_how_it_came_does(here: sa.Connection) -> None:
    for origin in Origin:
        for unit in ("PP-19", "Ville-18"):
            sightings.add(here, seen(-50.0, origin=origin, unit=unit))
    visits = closure_inputs.get(here, "here").visits
    assert len(visits.ids) == 8
    assert sum(map(bool, visits.effort or [])) == 4


def test_columns_are_those_of_the_rows(here: sa.Connection) -> None:
    first = seen(-50.0, headcount=0, time_precision=TimePrecision.DAY)
    then = seen(-50.0, observed_at=NOW + HOUR, verified=True)
    for one in (then, first):
        sightings.add(here, one)
    visits = closure_inputs.get(here, "here").visits
    assert list(visits.ids) == [str(first.id), str(then.id)]
    assert visits.observed_at.tolist() == [
        round(one.observed_at.timestamp() * 1e6) for one in (first, then)
    ]
    assert list(visits.headcount) == [0, 3]
    assert list(visits.verified) == [None, True]
    assert list(visits.time_precision) == ["day", "instant"]


def test_what_was_merged_into_another_is_left_out(here: sa.Connection) -> None:
    one, other = seen(-50.0), seen(-40.0)
    sightings.add(here, one)
    row = {name: getattr(other, name) for name in Sighting.__dataclass_fields__}
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(other.point.x, other.point.y), 2154)
    here.execute(sa.insert(table).values({**row, "point": point, "superseded_by": one.id}))
    assert list(closure_inputs.get(here, "here").visits.ids) == [str(one.id)]


def test_a_dossier_is_as_known_at_an_instant(here: sa.Connection) -> None:
    report = seen(-50.0)
    sightings.add(here, report, NOW + HOUR)
    sightings.correct(here, dataclasses.replace(report, verified=False), NOW + 2 * HOUR)
    closed = Closure(id=uuid.uuid4(), site="here", closed_from=NOW)
    closures.add(here, closed, NOW + 3 * HOUR)
    told = [closure_inputs.get(here, "here", NOW + n * HOUR) for n in range(4)]
    assert [list(one.visits.verified) for one in told] == [[], [None], [False], [False]]
    assert [one.closures for one in told] == [(), (), (), (closed,)]
    with pytest.raises(NotFound):
        closure_inputs.get(here, "here", NOW - HOUR)


def test_evidence_is_judged_by_the_perimeter_known(here: sa.Connection) -> None:
    sightings.add(here, seen(-50.0), NOW)
    moved = dataclasses.replace(
        HERE, perimeter=shapely.affinity.translate(HERE.perimeter, 900.0, 0.0)
    )
    assert sites.put(here, moved, NOW + HOUR)
    assert len(closure_inputs.get(here, "here").visits.ids) == 0
    assert len(closure_inputs.get(here, "here", NOW).visits.ids) == 1
    assert closure_inputs.get(here, "here").site == moved


def test_every_site_has_its_dossier_the_same_as_alone(in_exercise: sa.Connection) -> None:
    found = {one.site.slug: one for one in closure_inputs.list_all(in_exercise)}
    assert sorted(found) == sorted(sites.slugs(in_exercise))
    alone = closure_inputs.get(in_exercise, "forceval")
    together = found["forceval"]
    assert (alone.site, alone.closures, alone.exercise) == (
        together.site,
        together.closures,
        together.exercise,
    )
    assert list(alone.visits.ids) == list(together.visits.ids)
    assert list(alone.visits.inside) == list(together.visits.inside)
    assert alone.exercise


def test_more_sites_than_are_read_at_a_time(
    here: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closure_inputs, "AT_A_TIME", 2)
    found = [one.site.slug for one in closure_inputs.list_all(here)]
    assert found == sorted(sites.slugs(here))
    assert [one.site.slug for one in closure_inputs.list_all(here, [])] == []


def test_an_unknown_site_names_near_ones_and_a_store_of_facts_is_no_exercise(
    here: sa.Connection,
) -> None:
    with pytest.raises(NotFound) as caught:
        closure_inputs.get(here, "forcval")
    assert caught.value.near[0] == "forceval"
    assert not closure_inputs.get(here, "here").exercise
    store_flags.put(here, store_flags.EXERCISE, "seed 1")
    assert closure_inputs.get(here, "here").exercise
