"""`geosites backfill`: recompute the weekly figures, in this process or on Dask workers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geosites.cli.console.language import say, say_many
from geosites.cli.console.output import AsJson, answers, print_json, progress
from geosites.cli.store.store_setup import open_store, store_url
from geosites.core.errors import Refused
from geosites.core.weeks import IsoWeek
from geosites.settings import Settings

if TYPE_CHECKING:
    from geosites.backfill import Engine, Job, ShardedTerritories, VisitSource
    from geosites.backfill.jobs import Rows


class EngineName(StrEnum):
    """Where the computation runs."""

    LOCAL = "local"
    DASK = "dask"


Week = Annotated[
    str, typer.Option("--from", metavar="WEEK", help="The first week, such as 2021-W01.")
]
LastWeek = Annotated[str, typer.Option("--to", metavar="WEEK", help="The last week.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Write the figures to this file (.parquet, .csv), not to the database."),
]
SourceFile = Annotated[
    Path | None,
    typer.Option("--source", help="GeoParquet file of sightings, instead of the database."),
]


def backfill(
    first: Week,
    last: LastWeek,
    engine: Annotated[EngineName, typer.Option(help="Where to compute.")] = EngineName.LOCAL,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler: tcp://HOST:8786.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Dask workers to start where no scheduler is given.")
    ] = 2,
    source: SourceFile = None,
    out: Out = None,
    shards: Annotated[
        int, typer.Option(min=1, help="Number of groups the territories are split into.")
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Recompute the weekly figures of every territory.

    These are the people present with their interval, the visits and the places.
    """
    from geosites.backfill import DaskEngine, LocalEngine, ShardedTerritories, jobs
    from geosites.db.geography import sites, territories
    from geosites.db.reports import week_statistics

    settings = Settings()
    if source is not None and out is None:
        raise Refused("--source needs --out: figures from a file do not belong in the database")
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise Refused("--out %(out)s: the extension must be .parquet or .csv", out=out)
    with open_store(settings) as store:
        with store.begin() as conn:
            ground = ShardedTerritories.of(territories.frame(conn), shards, sites.list_all(conn))
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
    counts = {"weeks": len(weeks), "territories": sum(len(s.codes) for s in ground)}
    _print_counts({**counts, "rows": len(rows), "engine": engine.value}, as_json)


def _computed(
    todo: list[Job], source: VisitSource, ground: ShardedTerritories, who: Engine
) -> Rows:
    from geosites.backfill import backfill as compute

    with progress() as show:
        return compute(todo, source, ground, who, show)


def _source(settings: Settings, path: Path | None) -> VisitSource:
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


def _print_counts(document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    parts = (
        say_many("%(count)s week", "%(count)s weeks", document["weeks"]),
        say_many("%(count)s territory", "%(count)s territories", document["territories"]),
        say_many("%(count)s row", "%(count)s rows", document["rows"]),
    )
    answers.print(say("Recomputed: %(list)s.", list=", ".join(parts)), markup=False)
