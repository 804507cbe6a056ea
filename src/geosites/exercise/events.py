"""Events that the exercise adds to the public timeline: operations, a closure, reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

import numpy as np
import pandas as pd
import shapely

from geosites.core import city
from geosites.core.records import (
    Activity,
    Closure,
    Operation,
    OperationKind,
    Origin,
    Site,
    TimePrecision,
)
from geosites.core.weeks import midnight
from geosites.exercise import crowd, patrol_log
from geosites.exercise.places import Cast

SOURCE = "Exercise: fictional"

DISPERSAL, PRESENCE = OperationKind.DISPERSAL, OperationKind.PRESENCE

OPERATIONS = (
    # day, hour in Paris, hours, kind, place, heads dispersed, arrests, unit
    ("2021-01-14", 15, 3, DISPERSAL, "stalingrad", 70, 2, "PP-DSPAP-19"),
    ("2021-02-04", 17, 3, DISPERSAL, "stalingrad", 55, 1, "PP-DSPAP-19"),
    ("2021-02-25", 16, 2, DISPERSAL, "stalingrad", 80, 4, "PP-DSPAP-19"),
    ("2021-03-18", 18, 3, DISPERSAL, "stalingrad", 60, 0, "PP-DRT"),
    ("2021-04-08", 14, 4, DISPERSAL, "stalingrad", 90, 3, "PP-DSPAP-19"),
    ("2021-04-29", 20, 3, DISPERSAL, "stalingrad", 75, 2, "PP-DSPAP-19"),
    ("2021-06-10", 22, 3, PRESENCE, "jardins-eole", None, None, "Ville-DPMP-18"),
    ("2021-07-22", 15, 3, DISPERSAL, "riquet-aubervilliers", 85, 5, "PP-DSPAP-19"),
    ("2021-08-19", 16, 2, DISPERSAL, "riquet-aubervilliers", 65, 1, "PP-DSPAP-19"),
    ("2021-09-09", 14, 3, DISPERSAL, "riquet-aubervilliers", 95, 2, "PP-DSPAP-19"),
    ("2021-11-18", 13, 6, PRESENCE, "forceval", None, None, "PP-DSPAP-19"),
    ("2021-12-02", 15, 3, DISPERSAL, "porte-chapelle", 30, 1, "PP-DSPAP-18"),
    ("2022-02-10", 17, 3, DISPERSAL, "forceval", 60, 6, "PP-DSPAP-19"),
    ("2022-03-17", 13, 6, PRESENCE, "forceval", None, None, "PP-DSPAP-19"),
    ("2022-06-23", 18, 3, DISPERSAL, "porte-chapelle", 25, 0, "PP-DSPAP-18"),
    ("2023-02-16", 15, 4, DISPERSAL, "porte-chapelle", 45, 3, "PP-DSPAP-18"),
    ("2023-03-09", 19, 3, DISPERSAL, "stalingrad", 25, 2, "PP-DSPAP-19"),
    ("2023-03-23", 14, 6, PRESENCE, "marx-dormoy", None, None, "Ville-DPMP-18"),
    ("2023-04-06", 16, 3, DISPERSAL, "porte-chapelle", 40, 2, "PP-DSPAP-18"),
    ("2023-05-25", 17, 3, DISPERSAL, "porte-chapelle", 35, 1, "PP-DSPAP-18"),
    ("2023-06-15", 10, 8, PRESENCE, "ney", None, None, "Ville-DPMP-18"),
    ("2023-09-13", 6, 4, DISPERSAL, "forceval", 18, 1, "PP-DSPAP-19"),
    ("2023-09-21", 18, 3, DISPERSAL, "stalingrad", 30, 2, "PP-DSPAP-19"),
    ("2023-10-12", 15, 3, DISPERSAL, "porte-chapelle", 38, 2, "PP-DSPAP-18"),
    ("2023-11-23", 15, 3, DISPERSAL, "porte-chapelle", 33, 0, "PP-DSPAP-18"),
)

LIFTED = ("riquet-aubervilliers", dt.date(2021, 9, 24), dt.date(2022, 4, 30))
"""The invented closure that is lifted again."""

REPORTS = (
    # day, hour in Paris, origin, unit, heads, verified; all at Forceval
    (dt.date(2022, 11, 24), 22, Origin.CALL, "Standard-17", 5, None),
    (dt.date(2023, 4, 18), 21, Origin.CALL, "Standard-17", 8, None),
    (dt.date(2023, 9, 5), 19, Origin.PATROL, "PP-DSPAP-19", 16, True),
    (dt.date(2023, 11, 16), 19, Origin.PARTNER, "Maraude-Nord", 4, None),
)


def _noon(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 12, tzinfo=city.zone())


DAYS_THAT_MATTER: Mapping[str, tuple[str, dt.datetime]] = {
    "before the closure": ("forceval", _noon(2022, 9, 1)),
    "the day after, no visit yet": ("forceval", _noon(2022, 10, 6)),
    "confirmed": ("forceval", _noon(2022, 11, 10)),
    "lapsed after three weeks of silence": ("forceval", _noon(2023, 2, 10)),
    "contradicted": ("forceval", _noon(2023, 4, 19)),
    "clean": ("forceval", _noon(2023, 7, 13)),
    "reopened": ("forceval", _noon(2023, 9, 7)),
    "confirmed again": ("forceval", _noon(2023, 10, 20)),
    "lifted": ("riquet-aubervilliers", _noon(2022, 6, 1)),
    "never closed": ("stalingrad", _noon(2023, 7, 13)),
}
"""Site and instant for each answer that "is it still closed?" can get."""


def operations(namespace: UUID, cast: Cast, sites: Sequence[Site]) -> list[Operation]:
    """Return the invented operations; the area is the site, or a disc of 150 m around the place."""
    areas = {site.slug: site.perimeter for site in sites}
    return [
        _operation(namespace, number, row, areas, cast) for number, row in enumerate(OPERATIONS)
    ]


def _operation(
    namespace: UUID,
    number: int,
    row: tuple[str, int, int, OperationKind, str, int | None, int | None, str],
    areas: Mapping[str, shapely.Polygon | shapely.MultiPolygon],
    cast: Cast,
) -> Operation:
    date, hour, hours, kind, place, heads, arrests, unit = row
    start = dt.datetime.combine(dt.date.fromisoformat(date), dt.time(hour), city.zone())
    return Operation(
        id=uuid5(namespace, f"operation/{number}"),
        started_at=start.astimezone(dt.UTC),
        ended_at=(start + dt.timedelta(hours=hours)).astimezone(dt.UTC),
        kind=kind,
        area=areas.get(place) or shapely.Point(cast.xy[cast[place]]).buffer(150),
        headcount_dispersed=heads,
        arrests=arrests,
        site=place if place in areas else None,
        unit=unit,
        source=SOURCE,
    )


def closures(namespace: UUID) -> list[Closure]:
    """Return the invented closure, which is lifted again."""
    site, since, until = LIFTED
    return [
        Closure(
            id=uuid5(namespace, f"closure/{site}"),
            site=site,
            closed_from=midnight(since),
            closed_until=midnight(until),
            legal_ref="EXERCICE-2021-01",
            source=SOURCE,
        )
    ]


def reports(cast: Cast) -> pd.DataFrame:
    """Return the sightings at Forceval that the story needs on their very days."""
    x, y = cast.xy[cast["forceval"]]
    days = np.array([crowd.day(report[0]) for report in REPORTS])
    minutes = np.array([report[1] * 60 for report in REPORTS])
    return pd.DataFrame(
        {
            "x": x,
            "y": y,
            "observed_at": patrol_log.instants(days, minutes),
            "time_precision": TimePrecision.INSTANT.value,
            "headcount": [report[4] for report in REPORTS],
            "accuracy_m": 10.0,
            "duration_min": np.nan,
            "origin": [report[2].value for report in REPORTS],
            "activity": Activity.CONSUMPTION.value,
            "unit": [report[3] for report in REPORTS],
            "verified": np.array([report[5] for report in REPORTS], dtype=object),
            "site": "forceval",
        }
    )
