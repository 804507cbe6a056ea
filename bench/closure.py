"""One answer among 10,000 sites and 1,000,000 sightings, beside the bare SQL of its evidence.

Sites lie 276 m apart, as 10,000 would in Paris and the communes around it, each closed for a year
or two, with 100 visits that name it and those of its neighbours within reach. The bare SQL is one
prepared statement over the spatial index, sent and fetched by psycopg alone: it looks for no
closure, computes nothing and learns no hazard. Each is asked about the same site in turn.
"""

from __future__ import annotations

import datetime as dt
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.table import Promise, Table
from geosites import services
from geosites.core.records import Sighting
from geosites.db import migrate
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.imports import geography
from geosites.ops.private_postgres import PrivateCluster
from geosites.services.closure_status.reactivation_hazard import bring_up_to_date

SITES = 10_000
VISITS = 100
ASKED = 400
NOW = dt.datetime(2024, 12, 20, tzinfo=dt.UTC)
AT_MOST = 3.0
FIRST_S = 2.0

_FILL = (
    "INSERT INTO site_slug SELECT 'site-' || n FROM generate_series(0, :last) n",
    """
INSERT INTO site (slug, name, perimeter, precision_m, territory, known)
SELECT 'site-' || n, 'Site ' || n,
       ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(638000 + 276 * (n % 100),
                                                  6848000 + 276 * (n / 100)), 2154), 80, 16)),
       0, (SELECT min(code) FROM territory_code), tstzrange('2020-01-01', NULL)
FROM generate_series(0, :last) n""",
    """
INSERT INTO closure (id, site, during, review_days, known)
SELECT gen_random_uuid(), 'site-' || n,
       tstzrange('2023-01-01'::timestamptz + n % 365 * interval '1 day', NULL), 14,
       tstzrange('2023-01-01', NULL)
FROM generate_series(0, :last) n""",
    """
INSERT INTO sighting (id, observed_at, time_precision, received_at, point, accuracy_m, headcount,
                      origin, verified, site, territory, known)
SELECT gen_random_uuid(), at, 'instant', at,
       ST_SetSRID(ST_MakePoint(638000 + 276 * (n % 100) + 60 * (u - .5),
                               6848000 + 276 * (n / 100) + 60 * (v - .5)), 2154), 10,
       CASE WHEN at < '2023-01-01'::timestamptz + n % 365 * interval '1 day'
            THEN CASE WHEN u < .8 THEN 1 + (v * 20)::int ELSE 0 END
            ELSE CASE WHEN u > .985 THEN 5 ELSE 0 END END,
       'patrol', CASE WHEN u > .99 THEN true END, 'site-' || n,
       (SELECT min(code) FROM territory_code), tstzrange(at, NULL)
FROM (SELECT n, random() AS u, random() AS v,
             '2022-06-01'::timestamptz + (k + n % 7 / 7.0) * interval '9.3 days'
                 + k * 7 % 24 * interval '1 hour' AS at
      FROM generate_series(0, :last) n, generate_series(0, :visits - 1) k) AS visit""",
)
_BARE = """
SELECT sighting.id::text, observed_at, time_precision::text, headcount, accuracy_m, origin::text,
       verified, sighting.site, ST_X(point), ST_Y(point)
FROM sighting JOIN site ON ST_DWithin(sighting.point, site.perimeter, 200)
WHERE site.slug = %s AND upper_inf(site.known) AND upper_inf(sighting.known)
  AND superseded_by IS NULL
ORDER BY observed_at, sighting.id"""


def run(site_count: int = SITES, asked: int = ASKED) -> Table:
    """Return the table, with the promise that an answer takes at most 3 times its bare SQL."""
    with _filled(site_count) as store:
        began = time.perf_counter()
        bring_up_to_date(store)
        learned = time.perf_counter() - began
        first = _seconds(store, lambda conn: services.closure(conn, _slug(0, site_count), NOW))
        taken = _in_turns(store, site_count, asked)
        after = _after_a_sighting(store, site_count, 20)
    bare = taken["bare SQL of the evidence"]
    rows = [(name, ms, ms / bare) for name, ms in taken.items()]
    rows += [
        ("answer just after a sighting came in", after, after / bare),
        ("first answer after everything was imported", first * 1e3, None),
        ("what the import spends for that at its end, all sites", learned * 1e3, None),
    ]
    ratio = taken["answer"] / bare
    return Table(
        name="closure",
        note=f"{site_count} sites, {site_count * VISITS} sightings, {asked} sites asked in turn",
        columns=("what", "median ms", "times the bare SQL"),
        rows=tuple(rows),
        promises=(
            Promise(
                what="an answer beside the bare SQL of its evidence",
                promised=f"at most {AT_MOST:g} times",
                measured=ratio,
                kept=ratio <= AT_MOST,
            ),
            Promise(
                what="the first answer after everything was imported",
                promised=f"at most {FIRST_S:g} s",
                measured=first,
                kept=first <= FIRST_S,
            ),
        ),
    )


def _in_turns(store: Store, site_count: int, asked: int) -> Mapping[str, float]:
    """Return the median milliseconds of each way to ask, one warm connection, sites in turn."""
    with store.begin() as conn:
        driver = conn.connection.driver_connection

        def bare(slug: str) -> None:
            with driver.cursor(binary=True) as cursor:
                cursor.execute(_BARE, (slug,)).fetchall()

        ways: dict[str, Callable[[str], object]] = {
            "bare SQL of the evidence": bare,
            "answer": lambda slug: services.closure(conn, slug, NOW),
            "answer as a document": lambda slug: services.closure(conn, slug, NOW).document(),
            "history": lambda slug: services.history(conn, slug, None, NOW),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(asked):
            for name, way in ways.items():
                begun = time.perf_counter()
                way(_slug(turn, site_count))
                spent[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times[10:]) * 1e3 for name, times in spent.items()}


def _after_a_sighting(store: Store, site_count: int, times: int) -> float:
    spent = []
    for turn in range(times):
        slug = _slug(turn, site_count)
        with store.begin() as conn:
            here = sites.get(conn, slug)
            sightings.add(conn, _seen(here.perimeter.centroid, here.territory))
        spent.append(_seconds(store, lambda conn, slug=slug: services.closure(conn, slug, NOW)))
    return statistics.median(spent) * 1e3


def _seen(point: Any, territory: str) -> Sighting:
    return Sighting(id=uuid.uuid4(), observed_at=NOW, point=point, headcount=0, territory=territory)


def _seconds(store: Store, work: Callable[[sa.Connection], object]) -> float:
    begun = time.perf_counter()
    with store.begin() as conn:
        work(conn)
    return time.perf_counter() - begun


def _slug(turn: int, site_count: int) -> str:
    return f"site-{(turn * 37 + 4211) % site_count}"


@contextmanager
def _filled(site_count: int) -> Iterator[Store]:
    home = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    home.chmod(0o755)
    cluster = PrivateCluster(home)
    store = Store(cluster.start(settings={"fsync": "off", "max_wal_size": "4GB"}))
    try:
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
            conn.execute(sa.text("SELECT setseed(.5)"))
            for statement in _FILL:
                conn.execute(
                    sa.text(statement.replace("::", r"\:\:")), _sizes(statement, site_count)
                )
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(sa.text("VACUUM ANALYZE"))
        yield store
    finally:
        store.close()
        cluster.stop()
        shutil.rmtree(home)


def _sizes(statement: str, site_count: int) -> dict[str, int]:
    sizes = {"last": site_count - 1, "visits": VISITS}
    return {name: size for name, size in sizes.items() if f":{name}" in statement}
