"""One displacement study with 1,000 draws on a large store, and on the same with more history."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from typing import Any

import shapely
import sqlalchemy as sa

from bench.stores import LAST, filled
from geosites import services
from geosites.db.postgres.connection import Store
from geosites.services.displacement_studies.events import WEEK, DispersalEvent

REPEATS = 5


def run() -> list[dict[str, Any]]:
    """Return a row a store: the same visits in the windows, ever more of them outside."""
    return [_measured(1_000_000 * years // 3, 52 * years) for years in (1, 3, 6)]


def _measured(rows: int, weeks: int) -> dict[str, Any]:
    with filled(rows, weeks) as store:
        event = _event(store)
        _study(store, event, 0)
        spent = [_study(store, event, number) for number in range(1, REPEATS + 1)]
        seconds = [one for one, _ in spent]
        visits = spent[0][1]
    return {
        "sightings": rows,
        "in_the_windows": visits,
        "draws": 1000,
        "study_s": round(statistics.median(seconds), 2),
    }


def _event(store: Store) -> DispersalEvent:
    """Return an event at the busiest visited spot of the 19th, 13 weeks before the end."""
    busiest = sa.text(
        "SELECT ST_AsBinary(ST_Buffer(point, 150)) FROM sighting WHERE territory = '75119'"
        " ORDER BY headcount DESC, id LIMIT 1"
    )
    with store.begin() as conn:
        area = shapely.from_wkb(bytes(conn.execute(busiest).scalar_one()))
    at: dt.datetime = LAST.end - 13 * WEEK
    return DispersalEvent(kind="site", id=None, site="bench", at=at, target=area)


def _study(store: Store, event: DispersalEvent, number: int) -> tuple[float, int]:
    """Return the seconds of a study and its visits; each asks as known at another instant.

    The same question again is answered from what is kept, and would measure that.
    """
    known = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=number)
    with store.begin() as conn:
        started = time.perf_counter()
        study = services.displacement(conn, event, as_known_at=known)
        study.document()
        return time.perf_counter() - started, study.result.sample.visits
