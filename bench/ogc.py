"""Features and tiles beside tipg: the same PostGIS, table and machine, in one run, policy on.

Both run under uvicorn with one worker and are asked in turns over the same few connections. Ours
finds who asks by a token, decides, counts and links. Answers are compared before the clock runs.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import mapbox_vector_tile
import psycopg
import sqlalchemy as sa

from bench.services import Pace, Service, pace, paced, peer_python, running, serving
from bench.stores import LAST, filled
from bench.table import Promise, Table
from geosites.db.features.collections import SIGHTINGS
from geosites.db.features.tiles import EXTENT
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings

ROWS, WEEKS = 300_000, 100
CONNECTIONS, ROUNDS, ROUND_S = 4, 4, 2.0
ITEMS, ZOOMS = (10, 1000), (10, 12, 14)
CELLS_ZOOM, CELLS_MS, CHANGES = 10, 150.0, 30
"""From afar a tile is sums by cell, by default; so many times also just after a change."""

HERE = 2.3522, 48.8566
PEER = ("tipg==1.6.1", "uvicorn==0.54.0")
STOCK = sa.text("""
INSERT INTO sighting (id, observed_at, time_precision, point, accuracy_m, headcount, origin,
                      unit, territory, known)
SELECT gen_random_uuid(),
       CAST(:monday AS timestamptz) - n % :weeks * interval '7 days'
           + random() * interval '167 hours',
       'instant', ST_Translate(place.point, 60 * (random() - .5), 60 * (random() - .5)),
       10, CASE WHEN random() < .4 THEN 0 ELSE floor(40 * random())::int END,
       'patrol', 'unit', place.territory, tstzrange('2023-12-31', NULL)
FROM generate_series(1, :rows) AS n
JOIN (SELECT row_number() OVER () - 1 AS number, territory, point
      FROM (SELECT code AS territory, (ST_Dump(ST_GeneratePoints(area, 10, 7))).geom AS point
            FROM territory WHERE level IN ('arrondissement', 'commune')) AS drawn) AS place
  ON place.number = n % (SELECT 10 * count(*) FROM territory
                         WHERE level IN ('arrondissement', 'commune'))
""")
"""Visits to ten places in every territory, two in five of which saw nobody."""

TIMES_ITEMS, TIMES_TILES = 4.0, {10: 1.0, 12: 2.0, 14: 2.0}


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One question to both: what it is called, the two addresses, how much faster ours must be."""

    name: str
    ours: str
    peers: str
    times: float


def run() -> Table:
    """Return requests a second and latencies of both, and how they compare."""
    with (
        tempfile.TemporaryDirectory(prefix="geosites-bench-") as folder,
        filled(0, 1) as store,
        serving(_stocked(store), Path(folder)) as ours,
        _peer(store, Path(folder)) as peer,
    ):
        rows = [_measured(case, ours, peer) for case in _cases(ours, peer)]
        rows += _by_cells(store, ours)
    return Table(
        name="ogc",
        note=f"{ROWS:,} sightings; {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND_S:g} s each"
        " in turns; one worker each; policy on; tipg 1.6.1 beside; equal content was asserted",
        columns=(
            "question",
            "features",
            "geosites_per_s",
            "p50_ms",
            "p95_ms",
            "tipg_per_s",
            "tipg_p50_ms",
            "tipg_p95_ms",
            "times",
        ),
        rows=tuple(row for row, _ in rows),
        promises=tuple(promise for _, promise in rows),
    )


def _stocked(store: Store) -> Store:
    """Return the store with `ROWS` sightings in it."""
    with store.begin() as conn:
        conn.execute(sa.text("SELECT setseed(.5)"))
        conn.execute(STOCK, {"monday": LAST.start, "rows": ROWS, "weeks": WEEKS})
        if sightings.count(conn) != ROWS:
            raise RuntimeError(f"{sightings.count(conn)} sightings instead of {ROWS}")
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("VACUUM ANALYZE sighting"))
    return store


def _cases(ours: Service, peer: Service) -> Iterator[tuple[_Case, int]]:
    """Yield each question, after both gave equal answers to it, with the features in them."""
    named = ",".join(SIGHTINGS)
    for limit in ITEMS:
        asked = urlencode({"limit": limit, "properties": named, "geom-column": "point"})
        case = _Case(
            name=f"items, {limit}",
            ours=f"/ogc/collections/sightings/items?limit={limit}",
            peers=f"/collections/public.sighting/items?{asked}",
            times=TIMES_ITEMS,
        )
        yield case, _same_items(ours.get(case.ours), peer.get(case.peers), limit)
    for zoom in ZOOMS:
        column, row = _tile(zoom)
        asked = urlencode({"properties": f"id,{named}", "geom-column": "point"})
        case = _Case(
            name=f"tile, zoom {zoom}",
            ours="/ogc/collections/sightings/tiles/WebMercatorQuad/"
            f"{zoom}/{row}/{column}?detail=each",
            peers="/collections/public.sighting/tiles/WebMercatorQuad/"
            f"{zoom}/{column}/{row}?{asked}",
            times=TIMES_TILES[zoom],
        )
        yield case, _same_tiles(ours.get(case.ours), peer.get(case.peers))


def _measured(asked: tuple[_Case, int], ours: Service, peer: Service) -> tuple[Any, Promise]:
    case, features = asked
    paces = _in_turns((ours, case.ours), (peer, case.peers))
    times = paces[0].per_s / paces[1].per_s
    figures = [
        round(value, 2 if value < 10 else 1)
        for one in paces
        for value in (one.per_s, one.p50_ms, one.p95_ms)
    ]
    promise = Promise(
        what=f"{case.name}: requests a second beside tipg",
        promised=f"at least {case.times:g} times",
        measured=round(times, 2),
        kept=times >= case.times,
    )
    row = (case.name, features, *figures, round(times, 2))
    print(*row, file=sys.stderr, flush=True)
    return row, promise


def _by_cells(store: Store, ours: Service) -> Iterator[tuple[Any, Promise]]:
    """Yield the tile that is asked for by default from afar: as it was, and after each change."""
    column, row = _tile(CELLS_ZOOM)
    path = f"/ogc/collections/sightings/tiles/WebMercatorQuad/{CELLS_ZOOM}/{row}/{column}"
    (layer,) = mapbox_vector_tile.decode(ours.get(path)).values()
    spent = []
    for _ in range(CHANGES):
        with store.begin() as conn:
            conn.execute(STOCK, {"monday": LAST.start, "rows": 1, "weeks": 1})
        began = time.perf_counter()
        ours.get(path)
        spent.append(time.perf_counter() - began)
    (kept,) = _in_turns((ours, path))
    for name, found in (("", kept), (", after a change", pace(spent, sum(spent)))):
        figures = (found.per_s, found.p50_ms, found.p95_ms)
        what = f"tile, zoom {CELLS_ZOOM}, by cells{name}"
        nothing = (None,) * len(figures)
        yield (
            (what, len(layer["features"]), *figures, *nothing, None),
            Promise(
                what=f"{what}: p95, ms",
                promised=f"at most {CELLS_MS:g}",
                measured=found.p95_ms,
                kept=found.p95_ms <= CELLS_MS,
            ),
        )


def _in_turns(*asked: tuple[Service, str]) -> list[Pace]:
    """Return the pace of each; an answer that was begun in time counts with the time it takes."""
    for service, path in asked:
        paced(service, path, seconds=ROUND_S / 2, connections=CONNECTIONS)
    taken: list[list[float]] = [[] for _ in asked]
    elapsed_s = [0.0 for _ in asked]
    for _ in range(ROUNDS):
        for number, (service, path) in enumerate(asked):
            began = time.perf_counter()
            taken[number] += paced(service, path, seconds=ROUND_S, connections=CONNECTIONS)
            elapsed_s[number] += time.perf_counter() - began
    return [pace(*one) for one in zip(taken, elapsed_s, strict=True)]


def _same_items(ours: bytes, peers: bytes, limit: int) -> int:
    """Return how many features both gave; both must have counted everything and linked on."""
    for found in (json.loads(ours), json.loads(peers)):
        if (found["numberMatched"], found["numberReturned"]) != (ROWS, limit):
            raise RuntimeError(f"{found['numberMatched']} matched of {ROWS}")
        if "next" not in {link["rel"] for link in found["links"]}:
            raise RuntimeError("no link to the next page")
        for feature in found["features"]:
            if set(feature["properties"]) < set(SIGHTINGS) or not feature["geometry"]:
                raise RuntimeError("a feature lacks something")
    return limit


def _same_tiles(ours: bytes, peers: bytes) -> int:
    """Return how many features both tiles hold; they must be the same, at the same places."""
    held = [_held(tile) for tile in (ours, peers)]
    if not held[0] or held[0] != held[1]:
        odd = sorted(map(str, held[0] ^ held[1]))[:2]
        raise RuntimeError(f"{len(held[0])} features of ours, {len(held[1])} of tipg: {odd}")
    return len(held[0])


def _held(tile: bytes) -> set[tuple[Any, ...]]:
    """Return the features that lie within a tile: place, id, properties.

    Its edge and its margin are left out, of which each shows as much as it finds at hand. What is
    null is not in a tile. GDAL opens no tile as large as these.
    """
    (layer,) = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}).values()
    if layer["extent"] != EXTENT:
        raise RuntimeError(f"a tile of {layer['extent']} units")
    found = set()
    for feature in layer["features"]:
        x, y = feature["geometry"]["coordinates"]
        if 0 < x < EXTENT and 0 < y < EXTENT:
            found.add((x, y, *sorted(feature["properties"].items())))
    return found


def _tile(zoom: int) -> tuple[int, int]:
    longitude, latitude = HERE
    across = 2**zoom
    turned = math.asinh(math.tan(math.radians(latitude)))
    return int((longitude + 180) / 360 * across), int((1 - turned / math.pi) / 2 * across)


@contextmanager
def _peer(store: Store, folder: Path) -> Iterator[Service]:
    python = peer_python("tipg-1.6.1", PEER)
    environment = {
        "DATABASE_URL": _as_url(store.url),
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_CATALOG_TTL": "86400",
    }
    with running(
        python,
        "tipg.main:app",
        environment=environment,
        log=folder / "peer.log",
        ready="/healthz",
        headers={},
    ) as service:
        yield service


def _as_url(dsn: str) -> str:
    """Return the address of a database the way tipg takes it."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    host = str(parts["host"]).replace("/", "%2F")
    return f"postgresql://{parts['user']}@{host}:{parts.get('port', 5432)}/{parts['dbname']}"
