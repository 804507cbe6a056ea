"""Scratch stores for measuring: a private PostGIS with many sightings, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from geosites import exercise
from geosites.core.weeks import IsoWeek
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.ops.private_postgres import PrivateCluster

LAST = IsoWeek(2023, 50)
"""The last week of a scratch store; the others lie before it."""

_FILL = """
INSERT INTO sighting (id, observed_at, time_precision, point, accuracy_m, headcount, origin,
                      unit, territory, known)
SELECT gen_random_uuid(),
       CAST(:monday AS timestamptz) - (n % :weeks) * interval '7 days'
           + random() * interval '167 hours',
       'instant',
       ST_Translate(place.point, 30 * (random() - .5), 30 * (random() - .5)),
       10, CASE WHEN random() < .4 THEN 0 ELSE floor(place.heads * random() * 2)::int END,
       'patrol', 'unit', place.territory, tstzrange('2023-12-31', NULL)
FROM generate_series(1, :rows) AS n
JOIN (SELECT row_number() OVER () - 1 AS number, code AS territory,
             (ST_Dump(ST_GeneratePoints(area, 10, 7))).geom AS point,
             exp(2.5 * random()) AS heads
      FROM territory WHERE level IN ('arrondissement', 'commune')) AS place
  ON place.number = n / :weeks % :places
"""

EXERCISE_LAST = IsoWeek(2023, 52)
EXERCISE_WEEKS = 157

_COPY = """
INSERT INTO sighting (id, observed_at, time_precision, point, accuracy_m, headcount, origin,
                      activity, unit, verified, site, territory, known)
SELECT gen_random_uuid(), observed_at - CAST(:back AS interval), time_precision, point, accuracy_m,
       headcount, origin, activity, unit, verified, site, territory, known
FROM sighting WHERE observed_at >= :began AND upper_inf(known)
"""
_CUT = (
    "ALTER TABLE sighting DISABLE TRIGGER USER",
    "DELETE FROM sighting WHERE observed_at < :first",
    "ALTER TABLE sighting ENABLE TRIGGER USER",
)


@contextmanager
def exercised(weeks: int, *, durable: bool = False) -> Iterator[Store]:
    """Return a store of the last `weeks` weeks of the exercise, repeated into the past.

    `durable`: what is committed is on the disk, as in a store that is not for measuring.
    """
    with _scratch(durable=durable) as store:
        with store.begin() as conn:
            migrate.upgrade(conn)
            exercise.load(conn)
            began = EXERCISE_LAST.shift(1 - EXERCISE_WEEKS).start
            for copy in range(1, -(-weeks // EXERCISE_WEEKS)):
                back = f"{copy * EXERCISE_WEEKS * 7} days"
                conn.execute(sa.text(_COPY), {"back": back, "began": began})
        with store.begin() as conn:
            for statement in _CUT:
                first = EXERCISE_LAST.shift(1 - weeks).start
                conn.execute(sa.text(statement), {"first": first} if ":first" in statement else {})
        yield store


@contextmanager
def grounded() -> Iterator[Store]:
    """Return a store that holds the geography and nothing else."""
    with _scratch() as store:
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
        yield store


@contextmanager
def filled(rows: int, weeks: int) -> Iterator[Store]:
    """Return a store of `rows` sightings spread evenly over `weeks` weeks up to `LAST`.

    They are visits to 1,420 places in all territories, two in five of which saw nobody.
    """
    with _scratch() as store:
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
            monday = {"monday": LAST.start, "rows": rows, "weeks": weeks, "places": 1420}
            conn.execute(sa.text("SELECT setseed(.5)"))
            conn.execute(sa.text(_FILL), monday)
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(sa.text("VACUUM ANALYZE sighting"))
        yield store


@contextmanager
def _scratch(*, durable: bool = False) -> Iterator[Store]:
    home = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    home.chmod(0o755)
    cluster = PrivateCluster(home)
    quick = {} if durable else {"fsync": "off"}
    store = Store(cluster.start(settings={**quick, "max_wal_size": "4GB"}))
    try:
        yield store
    finally:
        store.close()
        cluster.stop()
        shutil.rmtree(home)
