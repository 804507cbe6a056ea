"""What lies within 200 metres among 300,000 sightings, as those see it whom the policy restrains.

Each question is asked by the role of the running service, with row security on, of the same points.
The first row asks as the owner of the tables does, of whom nothing is kept back.
"""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import shapely
import sqlalchemy as sa

from bench.stores import filled
from bench.table import Promise, Table
from geosites.core.precision import Precision
from geosites.db import journal, privileges
from geosites.db.features import collections
from geosites.db.postgres.connection import Store
from geosites.db.visibility import Sight

ROWS, WEEKS = 300_000, 100
NEAR_M = 200
POINTS, REPEATS = 200, 5
SCOPE = ("75118", "75119", "93001")
INSIDE = sa.text(
    "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT (ST_Dump(ST_GeneratePoints(ST_Union(area),"
    " :points, 7))).geom AS p FROM territory WHERE code = ANY(:codes) AND upper_inf(known)) AS made"
)
SIGHTS = {
    "exact, in a scope": Sight(scope=SCOPE),
    "by cell, own unit exact": Sight(precision=Precision.CELL, unit="unit-3"),
    "by cell, own unit exact, in a scope": Sight(
        precision=Precision.CELL, unit="unit-3", scope=SCOPE
    ),
}
REPORTER = journal.Operator(login="bench", role="reporter", unit="unit-3")


def run(rows: int = ROWS, weeks: int = WEEKS) -> Table:
    """Return a row for each way of seeing, with its time as a share of the time without policy."""
    with filled(rows, weeks) as owner:
        service = Store(owner.url, role=privileges.SERVICE)
        points = _points(owner)
        bare = _median_ms(owner, Sight(), points)
        measured = {name: _median_ms(service, seen, points) for name, seen in SIGHTS.items()}
        indexed = all(_uses_index(service, seen, points[0]) for seen in SIGHTS.values())
        service.close()
    told = [("no policy, as owner", bare), *measured.items()]
    worst = max(measured.values()) / bare
    return Table(
        name="policy",
        note=f"{rows:,} sightings, {len(points)} points, median of {REPEATS} passes",
        columns=("seen", "ms", "of_bare"),
        rows=tuple((name, round(ms, 3), round(ms / bare, 2)) for name, ms in told),
        promises=(
            Promise(
                what="slowest, of the same query without policy",
                promised="at most 2",
                measured=round(worst, 2),
                kept=worst <= 2,
            ),
            Promise(
                what="every plan uses the index",
                promised="1",
                measured=float(indexed),
                kept=indexed,
            ),
        ),
    )


def _points(store: Store) -> list[shapely.Point]:
    with store.begin() as conn:
        made = conn.execute(INSIDE, {"points": POINTS, "codes": list(SCOPE)})
        points = [shapely.Point(row.x, row.y) for row in made]
    random.Random(7).shuffle(points)
    return points


def _median_ms(store: Store, seen: Sight, points: list[shapely.Point]) -> float:
    """Return the median over passes of the mean time of a question, in milliseconds."""
    return statistics.median(_pass_ms(store, seen, points) for _ in range(REPEATS + 1))


def _pass_ms(store: Store, seen: Sight, points: list[shapely.Point]) -> float:
    with store.begin() as conn:
        journal.act_as(conn, REPORTER, "bench")
        began = time.perf_counter()
        for point in points:
            conn.execute(_near(seen, point)).all()
        return (time.perf_counter() - began) / len(points) * 1000


def _near(seen: Sight, point: shapely.Point) -> sa.Select[Any]:
    source = collections.sightings(seen)
    far = sa.func.ST_Distance(source.geometry, sa.func.ST_SetSRID(_made(point), 2154))
    near = source.meets(point.buffer(NEAR_M))
    return sa.select(source.rows.c.id, far).where(*near).order_by(far).limit(100)


def _made(point: shapely.Point) -> sa.ColumnElement[Any]:
    return sa.func.ST_MakePoint(point.x, point.y)


def _uses_index(store: Store, seen: Sight, point: shapely.Point) -> bool:
    """Return whether the database would find the rows by their position."""

    def explained(_: object, __: object, text: str, values: object, *___: object) -> Any:
        return f"EXPLAIN {text}", values

    with store.begin() as conn:
        sa.event.listen(conn, "before_cursor_execute", explained, retval=True)
        plan = "\n".join(row[0] for row in conn.execute(_near(seen, point)))
    return "sighting_point_idx" in plan and "Seq Scan on sighting" not in plan
