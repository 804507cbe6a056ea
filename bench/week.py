"""A week's hotspots on a large and a small store, beside the bare SQL that fetches the week.

The first question of a process, `cold`, finds the program loaded, as a worker's first does.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bench.stores import LAST, filled
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.services import hotspots

REPEATS = 9
BARE = sa.text(
    "SELECT observed_at, headcount, origin, ST_AsBinary(point) FROM sighting"
    " WHERE observed_at >= :start AND observed_at < :end AND upper_inf(known)"
)


def run() -> list[dict[str, Any]]:
    """Return a row a store: both hold 10,000 sightings in the week asked for."""
    rows = [_measured(1_000_000, 100), _measured(10_000, 1)]
    large, small = (row["hotspots_ms"] for row in rows)
    rows[0]["of_small_store"] = round(large / small, 2)
    return rows


def _measured(rows: int, weeks: int) -> dict[str, Any]:
    with filled(rows, weeks) as store:
        cold = _once(store, _ask)
        bare = _median(store, _fetch)
        warm = _median(store, _ask)
        fresh = statistics.median(_changed(store) for _ in range(REPEATS))
    return {
        "sightings": rows,
        "weeks": weeks,
        "bare_sql_ms": round(bare),
        "hotspots_ms": round(warm),
        "beyond_sql_ms": round(warm - bare),
        "after_a_change_ms": round(fresh),
        "cold_ms": round(cold),
    }


def _median(store: Store, ask: Callable[[sa.Connection], object]) -> float:
    return statistics.median(_once(store, ask) for _ in range(REPEATS))


def _changed(store: Store) -> float:
    with store.begin() as conn:
        _correct_one(conn)
    return _once(store, _ask)


def _once(store: Store, ask: Callable[[sa.Connection], object]) -> float:
    """Return the milliseconds that a question takes."""
    with store.begin() as conn:
        started = time.perf_counter()
        ask(conn)
        return 1000 * (time.perf_counter() - started)


def _fetch(conn: sa.Connection) -> object:
    return conn.execute(BARE, {"start": LAST.start, "end": LAST.end}).fetchall()


def _ask(conn: sa.Connection) -> object:
    return hotspots(conn, LAST).document()


def _correct_one(conn: sa.Connection) -> None:
    """Correct one sighting of the week, so that it has to be analysed anew."""
    one = conn.execute(
        sa.text("SELECT id FROM sighting WHERE observed_at >= :start AND upper_inf(known) LIMIT 1"),
        {"start": LAST.start},
    ).scalar_one()
    seen = sightings.get(conn, one)
    sightings.correct(conn, dataclasses.replace(seen, headcount=seen.headcount + 1))
