"""Half a year of fictional visits, small enough to be analysed in a blink."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid5

import numpy as np
import shapely

from geosites.core.care_records import CareKind, CarePlace
from geosites.core.crs import to_metric
from geosites.core.records import Closure, Operation, OperationKind, Sighting, Site, TimePrecision
from geosites.db.closure import closures, operations
from geosites.db.geography import care_places, sites
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from samples.hostile import ATTACKS

FORCEVAL = shapely.Point(to_metric([2.38995, 48.899854])[0])
EOLE = shapely.Point(to_metric([2.366215, 48.887513])[0])
STALINGRAD = shapely.Point(to_metric([2.369942, 48.883656])[0])
CLOSED_FROM = dt.datetime(2022, 9, 29, 4, 30, tzinfo=dt.UTC)
LAST = dt.datetime(2022, 10, 9, 19, 0, tzinfo=dt.UTC)
EVENT_AT = dt.datetime(2022, 8, 1, 22, 0, tzinfo=dt.UTC)
EVENT = "stalingrad@2022-08-02"
WEEK = "2022-W40"
SPACE = UUID("8c4c3a52-3f0e-4b0e-9a43-0d1a0f2f9d10")
OPERATION = uuid5(SPACE, "operation")
EXAMPLES = {
    "week": WEEK,
    "slug": "forceval",
    "quarter": "2022-Q3",
    "member": "ars",
    "code": "75118",
    "event": EVENT,
    "form": "png",
    "/bulletins/{week}.{form}": f"/bulletins/{WEEK}.pdf",
    "name": "sites.csv?motive=test",
    "identifier": "forceval",
    "zoom": "12",
    "column": "2074",
    "row": "1408",
    "level": "0",
    "path": "000",
    "sighting": str(uuid5(SPACE, "no sighting")),
    "closure": str(uuid5(SPACE, "c")),
    "key": str(uuid5(SPACE, "no import")),
    "operation": str(OPERATION),
    "login": "test-reporter",
    "token": str(uuid5(SPACE, "no token")),
    "subscription": str(uuid5(SPACE, "no subscription")),
}
"""One value for each parameter in the addresses of the service, out of this exercise."""


def fill(store: Store) -> None:
    """Put the visits into a store with territories and sites, marked as an exercise."""
    with store.begin() as conn:
        store_flags.put(conn, store_flags.EXERCISE, "small")
        closures.add(conn, Closure(id=uuid5(SPACE, "c"), site="forceval", closed_from=CLOSED_FROM))
        operations.add(conn, _operation("Unit 1"))
        for sighting in _visits():
            sightings.add(conn, sighting)


def add_hostile(store: Store) -> None:
    """Add one site for every hostile text, with an act, an operation and a visit that say it."""
    with store.begin() as conn:
        for number, text in enumerate(ATTACKS):
            sites.add(conn, _site(number, text))
            claim = Closure(
                id=uuid5(SPACE, f"hostile {number}"),
                site=slug(number),
                closed_from=CLOSED_FROM,
                legal_ref=text,
                source=text,
            )
            closures.add(conn, claim)
            operations.add(conn, _hostile_operation(number, text))
            sightings.add(conn, _hostile_visit(number, text))
            care_places.put(conn, _hostile_care(number, text))


def slug(number: int) -> str:
    """Return the slug of the site that the hostile text of this number names."""
    return f"hostile-{number}"


def _site(number: int, name: str) -> Site:
    return Site(
        slug=slug(number),
        name=name,
        perimeter=_hostile_centre(number).buffer(40),
        precision_m=5,
        territory="75104",
        quartier=name,
        source=name,
    )


def hostile_id(kind: str, number: int) -> UUID:
    """Return the id of the operation or visit that says the hostile text of this number."""
    return uuid5(SPACE, f"hostile {kind} {number}")


def _hostile_centre(number: int) -> shapely.Point:
    return shapely.Point(652_000 + 150 * (number % 6), 6_862_000 + 150 * (number // 6))


def _hostile_operation(number: int, text: str) -> Operation:
    return dataclasses.replace(
        _operation(text),
        id=hostile_id("operation", number),
        area=_hostile_centre(number).buffer(30),
        site=slug(number),
        source=text,
    )


def _hostile_visit(number: int, text: str) -> Sighting:
    return Sighting(
        id=hostile_id("visit", number),
        observed_at=LAST - dt.timedelta(hours=1),
        point=_hostile_centre(number),
        headcount=0,
        territory="75104",
        site=slug(number),
        unit=text,
    )


def _hostile_care(number: int, text: str) -> CarePlace:
    return CarePlace(
        slug=slug(number),
        name=text,
        kind=CareKind.HARM_REDUCTION,
        point=_hostile_centre(number),
        territory="75104",
        precision_m=10,
        note=text,
        source=text,
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


@dataclass(frozen=True)
class _Place:
    """A place, its territory, and the mean heads there before and after the event."""

    point: shapely.Point
    territory: str
    before: float
    after: float


def _places() -> list[_Place]:
    quiet = [_Place(_elsewhere(number), "75109", 4.0, 4.0) for number in range(8)]
    return [
        _Place(FORCEVAL, "75119", 12.0, 12.0),
        _Place(EOLE, "75118", 30.0, 30.0),
        _Place(STALINGRAD, "75119", 25.0, 0.0),
        _Place(shapely.Point(STALINGRAD.x - 500, STALINGRAD.y - 200), "75110", 4.0, 18.0),
        *quiet,
    ]


def _elsewhere(number: int) -> shapely.Point:
    return shapely.Point(649_000 + 700 * number, 6_862_000 + 400 * (number % 3))


def _visits() -> list[Sighting]:
    """Return visits to every place: three a week for half a year, then nearly two a day."""
    rng = np.random.default_rng(5)
    return [
        _visit(place, number, seen_at - dt.timedelta(minutes=number), rng)
        for number, place in enumerate(_places())
        for seen_at in _instants()
    ]


def _instants() -> list[dt.datetime]:
    lately = [LAST - dt.timedelta(hours=14 * visit) for visit in range(36)]
    earlier = [lately[-1] - dt.timedelta(hours=53 * visit) for visit in range(1, 75)]
    return lately + earlier


def _visit(place: _Place, number: int, seen_at: dt.datetime, rng: np.random.Generator) -> Sighting:
    mean = place.before if seen_at < EVENT_AT else place.after
    closed = place.point is FORCEVAL and seen_at >= CLOSED_FROM
    east, north = rng.integers(-20, 20, 2)
    return Sighting(
        id=uuid5(SPACE, f"{number} {seen_at.isoformat()}"),
        observed_at=seen_at,
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(place.point.x + east, place.point.y + north),
        headcount=0 if closed else int(rng.poisson(mean)),
        territory=place.territory,
        verified=True,
    )
