"""Weeks that try to break the first page of a bulletin: empty, overfull, half over, huge, undone.

Each is made in a store with territories and sites alone, as those who record would make it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid5

import shapely
import sqlalchemy as sa

from geosites.bulletins.document_data import bulletin
from geosites.bulletins.serialization import Content, canonical, read
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.records import Closure, Operation, OperationKind, Origin, Sighting, Site
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closure_withdrawal, closures, operations
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings
from geosites.maps.geojson import collection
from samples.samples_of_render import alarm
from stores.small_exercise import SPACE

WEEK = IsoWeek.parse("2022-W45")
BACKGROUND_WEEKS = 8
PLACES = 10
LONG = 80
"""Letters of the longest names: no space in them, so that they do not break by themselves."""

MANY_SITES, MANY_ALARMS, CONTRADICTED = 40, 100, 6
MOST_HEADS = 99_999
_CALM, _HOUR = 4, dt.timedelta(hours=9)


@dataclass(frozen=True)
class HostileWeek:
    """A week to be made in a store, and what is put into its bulletin besides."""

    fill: Callable[[sa.Connection], None]
    alarms: int = 0
    streets: bool = True


def content(conn: sa.Connection, hostile: HostileWeek) -> Content:
    """Return the content of its bulletin, as it is read from the store."""
    hostile.fill(conn)
    known = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    made: Any = bulletin(conn, WEEK, known)
    raised = [_alarm(number) for number in range(hostile.alarms)]
    ground = made["map"] if hostile.streets else {**made["map"], "streets": collection([])}
    return read(canonical({**made, "alarms": [*made["alarms"], *raised], "map": ground}))


def place(number: int) -> shapely.Point:
    """Return a place in Paris, away from the others."""
    return shapely.Point(649_000 + 800 * (number % 8), 6_862_000 + 900 * (number // 8))


def visit(
    conn: sa.Connection, key: str, at: dt.datetime, point: shapely.Point, heads: int, **more: Any
) -> None:
    """Record a visit."""
    identifier = uuid5(SPACE, f"hostile week {key}")
    fields = {"verified": True, "territory": "75119", **more}
    sightings.add(
        conn,
        Sighting(id=identifier, observed_at=at, point=point, headcount=heads, **fields),
    )


def _visits(conn: sa.Connection, week: IsoWeek, heads: Callable[[int], int], days: int = 7) -> None:
    """Record a visit a day to every place, at its hour."""
    for day in range(days):
        for number in range(PLACES):
            at = week.start + dt.timedelta(days=day) + _HOUR + dt.timedelta(minutes=7 * number)
            visit(conn, f"{week} {day} {number}", at, place(number), heads(number))


def _background(conn: sa.Connection) -> None:
    """Record the weeks before one: three visits to every place."""
    for back in range(1, BACKGROUND_WEEKS + 1):
        _visits(conn, WEEK.shift(-back), lambda number: _CALM + number % 3, days=3)


def site(conn: sa.Connection, number: int, name: str) -> str:
    """Add a site of the project's own at a place, and return its slug."""
    slug = f"hostile-week-{number}"
    sites.add(
        conn,
        Site(
            slug=slug,
            name=name,
            perimeter=place(number).buffer(60),
            precision_m=5,
            territory="75119",
        ),
    )
    return slug


def close(conn: sa.Connection, slug: str, since: dt.datetime, **more: Any) -> Closure:
    """Declare a site closed."""
    declared = Closure(id=uuid5(SPACE, f"closed {slug}"), site=slug, closed_from=since, **more)
    closures.add(conn, declared)
    return declared


# the weeks ---------------------------------------------------------------------------------------


def _nothing(conn: sa.Connection) -> None:
    """Add nothing: a city on its first day."""


def _first_days(conn: sa.Connection) -> None:
    """Visits since three weeks: no past that an alarm could be measured by."""
    for back in range(3):
        _visits(conn, WEEK.shift(-back), lambda number: number % 3, days=3)


def _one_report(conn: sa.Connection) -> None:
    _background(conn)
    visit(conn, "one", WEEK.start + _HOUR, place(3), 6, origin=Origin.CALL, verified=None)


def _one_empty_visit(conn: sa.Connection) -> None:
    _background(conn)
    visit(conn, "one", WEEK.start + _HOUR, place(3), 0)


def _only_empty(conn: sa.Connection) -> None:
    _background(conn)
    close(conn, site(conn, 2, "Square Deux"), WEEK.shift(-2).start)
    _visits(conn, WEEK, lambda _: 0)


def _all_contradicted(conn: sa.Connection) -> None:
    """Every closed site was empty until a call that nobody has verified."""
    _background(conn)
    _visits(conn, WEEK, lambda number: 0 if number < CONTRADICTED else _CALM, days=6)
    for number in range(CONTRADICTED):
        slug = site(conn, number, f"Square {number}")
        close(conn, slug, WEEK.start, closed_until=WEEK.shift(1).end)
        seen = WEEK.end - dt.timedelta(hours=5 + number)
        report: dict[str, Any] = {"origin": Origin.CALL, "verified": None, "site": slug}
        visit(conn, f"report {number}", seen, place(number), 3 + number, **report)


def _reports_in_a_silent_week(conn: sa.Connection) -> None:
    """Calls alone, one of them about a closed site; no patrol went."""
    _background(conn)
    slug = site(conn, 1, "Square Un")
    close(conn, slug, WEEK.shift(-3).start)
    report: dict[str, Any] = {"origin": Origin.CALL, "verified": None}
    visit(conn, "call", WEEK.end - 2 * _HOUR, place(1), 12, site=slug, **report)
    visit(conn, "other call", WEEK.end - 3 * _HOUR, place(5), 2, **report)


def _long_name(number: int) -> str:
    return f"{number:02d}Squareduprésidentdesassociationsdelarépubliquefrançaise".ljust(LONG, "m")


def _forty_long(conn: sa.Connection) -> None:
    _background(conn)
    _visits(conn, WEEK, lambda number: _CALM + number % 3)
    for number in range(MANY_SITES):
        slug = site(conn, number, _long_name(number))
        close(conn, slug, WEEK.shift(-3).start, closed_until=WEEK.shift(1).end)


def _huge(conn: sa.Connection) -> None:
    _background(conn)
    _visits(conn, WEEK, lambda _: MOST_HEADS)
    slug = site(conn, 4, "Square Quatre")
    close(conn, slug, WEEK.shift(-3).start)


def _withdrawn(conn: sa.Connection) -> None:
    _background(conn)
    _visits(conn, WEEK, lambda number: _CALM + number % 3)
    declared = close(conn, site(conn, 4, "Square Quatre"), WEEK.shift(-2).start)
    kind, reason = ClosureActKind.WITHDRAWN, ClosureReason.MADE_IN_ERROR
    act = ClosureAct(closure=declared.id, kind=kind, reason=reason)
    closure_withdrawal.withdraw(conn, act, closures.version(conn, declared.id))


def _running(conn: sa.Connection) -> None:
    """Two days of a week: an exercise goes on until its last sighting."""
    store_flags.put(conn, store_flags.EXERCISE, "hostile")
    _background(conn)
    _visits(conn, WEEK, lambda number: _CALM + number % 3, days=2)
    close(conn, site(conn, 4, "Square Quatre"), WEEK.start + _HOUR)


def _evacuated(conn: sa.Connection) -> None:
    """Two operations, the later one too recent to be told of."""
    _background(conn)
    _visits(conn, WEEK, lambda number: 2 * _CALM if number == 1 else number % 3)
    for number, start in enumerate((WEEK.shift(-4).start, WEEK.start + 2 * _HOUR)):
        operations.add(
            conn,
            Operation(
                id=uuid5(SPACE, f"hostile operation {number}"),
                started_at=start,
                ended_at=start + dt.timedelta(hours=2),
                kind=OperationKind.EVACUATION,
                area=place(number).buffer(150),
            ),
        )


HOSTILE_WEEKS: Mapping[str, HostileWeek] = {
    "nothing ever": HostileWeek(_nothing),
    "no sighting": HostileWeek(_background),
    "one report": HostileWeek(_one_report),
    "one empty visit": HostileWeek(_one_empty_visit),
    "only empty visits": HostileWeek(_only_empty),
    "all contradicted": HostileWeek(_all_contradicted),
    "calls alone": HostileWeek(_reports_in_a_silent_week),
    "forty long names": HostileWeek(_forty_long, alarms=MANY_ALARMS),
    "huge": HostileWeek(_huge),
    "withdrawn": HostileWeek(_withdrawn),
    "running": HostileWeek(_running),
    "evacuated": HostileWeek(_evacuated),
    "first days": HostileWeek(_first_days),
    "no streets": HostileWeek(_withdrawn, streets=False),
}


def _alarm(number: int) -> Any:
    named = {"quartier": _long_name(number), "heads": 30.0 + number}
    return {**cast("Mapping[str, Any]", alarm()), **named}
