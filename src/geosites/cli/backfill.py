"""`geosites backfill`: years of weeks, computed again, here or by Dask's workers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geosites.cli.output import AsJson, answers, print_json, progress, say
from geosites.cli.store_setup import open_store, store_url
from geosites.core.errors import Refused
from geosites.core.weeks import IsoWeek
from geosites.settings import Settings

if TYPE_CHECKING:
    from geosites.backfill import Engine, Ground, Job, Source
    from geosites.backfill.jobs import Rows


class EngineName(StrEnum):
    """Who does the work."""

    LOCAL = "local"
    DASK = "dask"


Week = Annotated[str, typer.Option("--from", metavar="WEEK", help="The first week: 2021-W01.")]
LastWeek = Annotated[str, typer.Option("--to", metavar="WEEK", help="The last week.")]
Out = Annotated[
    Path | None, typer.Option(help="Write the rows there (.parquet, .csv), not into the store.")
]
SourceFile = Annotated[
    Path | None, typer.Option("--source", help="GeoParquet of sightings, in place of the store.")
]


def backfill(
    first: Week,
    last: LastWeek,
    engine: Annotated[EngineName, typer.Option(help="Who does the work.")] = EngineName.LOCAL,
    scheduler: Annotated[str | None, typer.Option(help="Dask's: tcp://HOST:8786.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Dask's own, without a scheduler.")] = 2,
    source: SourceFile = None,
    out: Out = None,
    shards: Annotated[int, typer.Option(min=1, help="Into how many the territories go.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Compute every week and territory again: people present, their interval, visits, places."""
    from geosites.backfill import DaskEngine, Ground, LocalEngine, jobs
    from geosites.db import sites, territories, week_statistics

    settings = Settings()
    if source is not None and out is None:
        raise Refused("--source needs --out: what a file tells does not belong into the store")
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise Refused("--out %(out)s: the ending must be .parquet or .csv", out=out)
    with open_store(settings) as store:
        with store.begin() as conn:
            ground = Ground.of(territories.frame(conn), shards, sites.everything(conn))
            todo = jobs(IsoWeek.parse(first), IsoWeek.parse(last), ground)
            weeks = sorted({week for job in todo for week in job.weeks}, key=str)
            revised = week_statistics.revisions(conn, weeks)
        dask = engine is EngineName.DASK
        who = DaskEngine(scheduler=scheduler, workers=workers) if dask else LocalEngine()
        rows = _computed(todo, _source(settings, source), ground, who)
        if out is None:
            with store.begin() as conn:
                week_statistics.put(conn, _records(rows), revised)
        else:
            _write(rows, out)
    told = {"weeks": len(weeks), "territories": sum(len(s.codes) for s in ground)}
    _say({**told, "rows": len(rows), "engine": engine.value}, as_json)


def _computed(todo: list[Job], source: Source, ground: Ground, who: Engine) -> Rows:
    from geosites.backfill import backfill as compute

    with progress() as show:
        return compute(todo, source, ground, who, show)


def _source(settings: Settings, path: Path | None) -> Source:
    from geosites.backfill import ParquetSource, PostgisSource

    return PostgisSource(store_url(settings)) if path is None else ParquetSource(str(path))


def _records(rows: Rows) -> list[dict[str, Any]]:
    names = rows.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in rows.tolist()]


def _write(rows: Rows, path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({name: rows[name] for name in rows.dtype.names or ()})
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    answers.print(say("Weeks: %(weeks)s; territories: %(territories)s; rows: %(rows)s.", **told))
