"""Years of weeks: the same bytes from one process, one worker, many, and after a worker's death."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geosites import services
from geosites.backfill import (
    DaskEngine,
    Job,
    LocalEngine,
    ParquetSource,
    PostgisSource,
    ShardedTerritories,
    VisitSource,
    backfill,
    jobs,
    measure,
)
from geosites.backfill.jobs import Rows
from geosites.core.errors import Refused
from geosites.core.records import Origin, Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites, territories
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.exports import export_file

FIRST, LAST = IsoWeek(2022, 30), IsoWeek(2022, 43)


@pytest.fixture(scope="session")
def tiled(exercise_store: Store) -> ShardedTerritories:
    """Return the territories of the exercise in eight shards."""
    with exercise_store.begin() as conn:
        return ShardedTerritories.of(territories.frame(conn), 8, sites.list_all(conn))


@pytest.fixture(scope="session")
def from_file(exercise_store: Store, tmp_path_factory: pytest.TempPathFactory) -> ParquetSource:
    """Return the exercise as GeoParquet."""
    path = tmp_path_factory.mktemp("parquet") / "sightings.parquet"
    with exercise_store.begin() as conn:
        export_file(conn, "sightings", path)
    return ParquetSource(str(path))


@pytest.fixture(scope="session")
def alone(tiled: ShardedTerritories, from_file: ParquetSource) -> Rows:
    """Return what one process makes of the weeks."""
    return backfill(jobs(FIRST, LAST, tiled), from_file, tiled, LocalEngine())


def test_the_numbers_are_those_of_the_weeks_themselves(
    exercise_store: Store, tiled: ShardedTerritories, alone: Rows
) -> None:
    with exercise_store.begin() as conn:
        whole = services.territory_weeks(conn, LAST, 14)
    for week, rows in zip(whole.weeks, whole.tables(), strict=True):
        found = alone[alone["monday"] == np.datetime64(week.monday)]
        assert [str(code) for code in found["territory"]] == [row["code"] for row in rows]
        assert found["heads"] == pytest.approx([row["heads"] for row in rows])
        assert found["heads_counted"].tolist() == [row["heads_counted"] for row in rows]
        assert found["visits"].tolist() == [row["visits"] for row in rows]


def test_postgis_and_parquet_tell_the_same(
    exercise_store: Store, tiled: ShardedTerritories, alone: Rows, exercise_url: str
) -> None:
    stored = backfill(jobs(FIRST, LAST, tiled), PostgisSource(exercise_url), tiled, LocalEngine())
    for name in ("monday", "territory", "visits", "places", "heads_counted"):
        assert stored[name].tolist() == alone[name].tolist()
    assert stored["heads"] == pytest.approx(alone["heads"])


def test_what_was_rejected_or_is_not_located_counts_on_neither_road(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    with store.begin() as conn:
        for number, verified in enumerate((None, None, False)):
            sightings.add(conn, _visit(100 * number, number, verified))
        sightings.add(conn, dataclasses.replace(_visit(700, 3, None), accuracy_m=25_000.0))
        path = tmp_path / "sightings.parquet"
        export_file(conn, "sightings", path)
        ground = ShardedTerritories.of(territories.frame(conn), 2, sites.list_all(conn))
    todo = jobs(FIRST, FIRST, ground)
    sources = PostgisSource(store_url), ParquetSource(str(path))
    for source in sources:
        (row,) = backfill(todo, source, ground, LocalEngine())
        assert (row["visits"], row["heads"], row["heads_counted"]) == (2, 50.0, 100)


def _visit(heads: int, hours: int, verified: bool | None) -> Sighting:
    return Sighting(
        id=uuid4(),
        observed_at=FIRST.start + dt.timedelta(hours=hours),
        point=shapely.Point(653_200.0, 6_866_600.0),
        headcount=heads,
        origin=Origin.PATROL,
        territory="75119",
        verified=verified,
    )


def test_shards_see_the_places_of_the_whole(tiled: ShardedTerritories, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    areas = np.concatenate([shard.areas for shard in tiled])
    west, south, east, north = shapely.total_bounds(areas)
    xy = rng.uniform((west, south), (east, north), (9_000, 2))
    xy = np.round(xy[shapely.contains_xy(shapely.union_all(areas), xy)])
    heads = rng.poisson(3, len(xy))
    frame = gpd.GeoDataFrame(
        {
            "observed_at": (FIRST.start + dt.timedelta(hours=5)).isoformat(),
            "headcount": heads,
            "origin": "patrol",
            "accuracy_m": 20.0,
        },
        geometry=shapely.points(xy),
        crs=2154,
    ).to_crs(4326)
    frame.to_parquet(tmp_path / "dense.parquet")
    source = ParquetSource(str(tmp_path / "dense.parquet"))
    whole = backfill(jobs(FIRST, FIRST, tiled), source, tiled, LocalEngine())
    parts = backfill(jobs(FIRST, FIRST, tiled, shards_at_once=1), source, tiled, LocalEngine())
    assert len(whole) > 100
    assert parts.tobytes() == whole.tobytes()


@pytest.mark.parametrize("size", [(1, None), (5, 3), (14, 1)])
def test_the_size_of_a_job_changes_no_byte(
    size: tuple[int, int | None], tiled: ShardedTerritories, from_file: ParquetSource, alone: Rows
) -> None:
    todo = jobs(FIRST, LAST, tiled, weeks_at_once=size[0], shards_at_once=size[1])
    again = backfill(todo, from_file, tiled, LocalEngine())
    assert again.tobytes() == alone.tobytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_dask_gives_the_same_bytes(
    workers: int, tiled: ShardedTerritories, from_file: ParquetSource, alone: Rows
) -> None:
    told: list[tuple[int, int]] = []
    todo = jobs(FIRST, LAST, tiled, weeks_at_once=3)
    found = backfill(
        todo, from_file, tiled, DaskEngine(workers=workers), lambda *done: told.append(done)
    )
    assert found.tobytes() == alone.tobytes()
    assert told[-1] == (len(todo), len(todo))


def fatal_once(job: Job, source: VisitSource, ground: ShardedTerritories) -> Rows:
    """Do a job; the first worker that comes to the mark is killed in the middle of it."""
    mark = Path(os.environ["GEOSITES_TEST_MARK"])
    if mark.exists():
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(job, source, ground)


def test_a_killed_worker_changes_nothing(
    tiled: ShardedTerritories,
    from_file: ParquetSource,
    alone: Rows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setenv("GEOSITES_TEST_MARK", str(mark))
    todo = jobs(FIRST, LAST, tiled, weeks_at_once=2)
    found = list(DaskEngine(workers=2).run(fatal_once, todo, from_file, tiled))
    assert not mark.exists()
    rows = np.concatenate(found)
    rows = rows[np.lexsort((rows["territory"], rows["monday"]))]
    assert rows.tobytes() == alone.tobytes()


def test_weeks_in_the_wrong_order_are_refused(tiled: ShardedTerritories) -> None:
    with pytest.raises(Refused, match="2022-W30 lies before week 2022-W43"):
        jobs(LAST, FIRST, tiled)


def test_a_scheduler_elsewhere_cannot_read_a_private_store(tiled: ShardedTerritories) -> None:
    private = PostgisSource("postgresql:///geosites?host=/home/x/.geosites/socket")
    engine = DaskEngine(scheduler="tcp://192.0.2.7:8786")
    with pytest.raises(Refused, match=r"GEOSITES_DATABASE_URL.*GeoParquet"):
        next(engine.run(measure, jobs(FIRST, LAST, tiled), private, tiled))


def test_a_file_that_is_not_there_or_no_sightings_is_refused(
    tiled: ShardedTerritories, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="no such file"):
        ParquetSource(str(tmp_path / "none.parquet")).read(FIRST.start, FIRST.end, None)


def test_shards_depend_on_the_territories_alone(tiled: ShardedTerritories) -> None:
    codes = [code for shard in tiled for code in shard.codes]
    assert len(codes) == len(set(codes)) == 142
    assert [shard.number for shard in tiled] == list(range(8))
    assert tiled.box(range(8)) is None
    west, south, east, north = tiled.box([0]) or (0, 0, 0, 0)
    assert west < east
    assert south < north


def test_effort_is_a_fact_of_the_whole_week(from_file: ParquetSource) -> None:
    nowhere = (0.0, 0.0, 1.0, 1.0)
    reading = from_file.read(FIRST.start, LAST.end, nowhere)
    assert len(reading.seen.at) == 0
    assert dt.date(2022, 10, 3) in reading.effort_known


@pytest.fixture(scope="session")
def exercise_url(exercise_store: Store) -> Iterator[str]:
    """Return the address of the exercise's database."""
    with exercise_store.begin() as conn:
        raw = conn.connection.driver_connection
        assert raw is not None
        yield f"postgresql:///{raw.info.dbname}?host={raw.info.host}&user={raw.info.user}"
