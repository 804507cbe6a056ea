"""Scratch stores for measuring: a private PostGIS with many sightings, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from geosites import geo
from geosites.embedded import PrivateCluster
from geosites.store import migrate
from geosites.store.connection import Store
from geosites.weeks import IsoWeek

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


@contextmanager
def filled(rows: int, weeks: int) -> Iterator[Store]:
    """Return a store of `rows` sightings spread evenly over `weeks` weeks up to `LAST`.

    They are visits to 1,420 places in all territories, two in five of which saw nobody.
    """
    home = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    home.chmod(0o755)
    cluster = PrivateCluster(home)
    store = Store(cluster.start(settings={"fsync": "off", "max_wal_size": "4GB"}))
    try:
        with store.begin() as conn:
            migrate.upgrade(conn)
            geo.load(conn)
            monday = {"monday": LAST.start, "rows": rows, "weeks": weeks, "places": 1420}
            conn.execute(sa.text("SELECT setseed(.5)"))
            conn.execute(sa.text(_FILL), monday)
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(sa.text("VACUUM ANALYZE sighting"))
        yield store
    finally:
        store.close()
        cluster.stop()
        shutil.rmtree(home)
