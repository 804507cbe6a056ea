"""`geosites backfill`: years of weeks into the store or a file, here or by Dask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cli.conftest import Ran, Run
from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store

WEEKS = ("--from", "2022-W36", "--to", "2022-W40")


@pytest.fixture
def filled(exercise_template: str, new_database: Callable[..., str]) -> str:
    """Return the address of an exercise of the test's own."""
    return new_database(exercise_template)


@pytest.fixture(autouse=True)
def at_the_exercise(run: Run, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands run there."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", filled)


def test_the_intervals_reach_the_territory_and_go_when_a_week_changes(
    run: Run, filled: str
) -> None:
    assert run("backfill", *WEEKS, "--json").code == 0
    store = Store(filled)
    as_of = dt.datetime(2022, 10, 20, tzinfo=dt.UTC)
    with store.begin() as conn:
        told = services.territory(conn, "75119", IsoWeek(2022, 41), as_of, weeks=3).document()
    weeks = {row["week"]: row for row in told["weeks"]}
    assert weeks["2022-W40"]["low"] <= weeks["2022-W40"]["heads"] <= weeks["2022-W40"]["high"]
    assert weeks["2022-W41"]["low"] is None
    with store.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE sighting_week SET revision = revision + 1 WHERE monday = '2022-10-03'"
        )
    with store.begin() as conn:
        told = services.territory(conn, "75119", IsoWeek(2022, 40), as_of, weeks=1).document()
    assert told["weeks"][0]["low"] is None
    store.close()


def test_here_and_by_dask_the_files_are_equal(run: Run, tmp_path: Path) -> None:
    for engine in ("local", "dask"):
        out = str(tmp_path / f"{engine}.parquet")
        ran = run("backfill", *WEEKS, "--engine", engine, "--out", out, "--json")
        assert ran.code == 0
        assert ran.document["weeks"] == 5
    frames = [pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("local", "dask")]
    pd.testing.assert_frame_equal(*frames)
    assert {"monday", "territory", "heads", "low", "high"} <= set(frames[0].columns)


def test_what_cannot_be_done_is_refused(run: Run, tmp_path: Path) -> None:
    source = str(tmp_path / "x.parquet")
    assert "--source demande --out" in refusal(run("backfill", *WEEKS, "--source", source))
    out = str(tmp_path / "rows.xls")
    assert ".parquet ou .csv" in refusal(run("backfill", *WEEKS, "--out", out))
    late = run("backfill", "--from", "2022-W40", "--to", "2022-W36")
    assert "précède la semaine" in refusal(late)


def refusal(ran: Ran) -> str:
    assert ran.code == 1
    return ran.err
