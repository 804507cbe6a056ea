"""A few weeks of fictional visits, small enough to be analysed in a blink."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid5

import numpy as np
import shapely

from geosites.crs import to_metric
from geosites.records import (
    Closure,
    Operation,
    OperationKind,
    Sighting,
    Site,
    TimePrecision,
)
from geosites.store import closures, marks, operations, sightings, sites
from geosites.store.connection import Store
from hostile import ATTACKS

FORCEVAL = shapely.Point(to_metric([2.38995, 48.899854])[0])
EOLE = shapely.Point(to_metric([2.366215, 48.887513])[0])
CLOSED_FROM = dt.datetime(2022, 9, 29, 4, 30, tzinfo=dt.UTC)
LAST = dt.datetime(2022, 10, 9, 19, 0, tzinfo=dt.UTC)
WEEK = "2022-W40"
SPACE = UUID("8c4c3a52-3f0e-4b0e-9a43-0d1a0f2f9d10")
OPERATION = uuid5(SPACE, "operation")


def fill(store: Store) -> None:
    """Put three weeks of visits into a store with territories and sites, marked as an exercise."""
    with store.begin() as conn:
        marks.put(conn, marks.EXERCISE, "small")
        closures.add(conn, Closure(id=uuid5(SPACE, "c"), site="forceval", closed_from=CLOSED_FROM))
        operations.add(conn, _operation("Unit 1"))
        for sighting in _visits():
            sightings.add(conn, sighting)


def add_hostile(store: Store) -> None:
    """Add one site for every hostile text, named by it, and closed by an act named by it."""
    with store.begin() as conn:
        for number, text in enumerate(ATTACKS):
            sites.add(conn, _site(number, text))
            claim = Closure(
                id=uuid5(SPACE, f"hostile {number}"),
                site=slug(number),
                closed_from=CLOSED_FROM,
                legal_ref=text,
            )
            closures.add(conn, claim)


def slug(number: int) -> str:
    """Return the slug of the site that the hostile text of this number names."""
    return f"hostile-{number}"


def _site(number: int, name: str) -> Site:
    centre = shapely.Point(652_000 + 150 * (number % 6), 6_862_000 + 150 * (number // 6))
    return Site(
        slug=slug(number), name=name, perimeter=centre.buffer(40), precision_m=5, territory="75104"
    )


def _operation(unit: str) -> Operation:
    return Operation(
        id=OPERATION,
        started_at=LAST - dt.timedelta(days=4),
        ended_at=LAST - dt.timedelta(days=4) + dt.timedelta(hours=2),
        kind=OperationKind.EVACUATION,
        area=EOLE.buffer(200),
        headcount_dispersed=60,
        site="jardins-eole",
        unit=unit,
    )


def _visits() -> list[Sighting]:
    """Return twelve visits a week to nine places; a crowd at Éole, nobody left at Forceval."""
    rng = np.random.default_rng(5)
    places = [FORCEVAL, EOLE, *(_elsewhere(number) for number in range(7))]
    mean = [0.0, 30.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0]
    return [
        _visit(place, number, visit, rng.poisson(mean[number]))
        for number, place in enumerate(places)
        for visit in range(36)
    ]


def _elsewhere(number: int) -> shapely.Point:
    return shapely.Point(650_000 + 700 * number, 6_863_000 + 400 * (number % 3))


def _visit(place: shapely.Point, number: int, visit: int, heads: int) -> Sighting:
    seen_at = LAST - dt.timedelta(hours=14 * visit, minutes=number)
    before_closure = place is FORCEVAL and seen_at < CLOSED_FROM
    territory = {0: "75119", 1: "75118"}.get(number, "75109")
    return Sighting(
        id=uuid5(SPACE, f"{number} {visit}"),
        observed_at=seen_at,
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(place.x + visit % 5, place.y + visit % 3),
        headcount=12 if before_closure else int(heads),
        territory=territory,
        verified=True,
    )
