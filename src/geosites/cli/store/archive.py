"""`geosites db archive` and `db recover`: point-in-time recovery from a folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.console.language import say
from geosites.cli.console.output import (
    AsJson,
    answers,
    parse_instant,
    print_field,
    print_json,
    remarks,
    words,
)
from geosites.cli.console.usage import App
from geosites.core.errors import Refused
from geosites.ops.private_postgres import PrivateCluster, archiving, recovery
from geosites.ops.private_postgres.archiving import ArchiveStatus
from geosites.settings import Settings

app = App("Continuous archiving of the private database into a folder.")

_Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A folder, preferably on another disk.")
]


@app.command()
def on(folder: _Folder) -> None:
    """Archive every change and take a base backup; run it again for a new base backup."""
    base = archiving.turn_on(_cluster(), folder)
    message = say("Archiving to %(folder)s, from %(base)s on.", folder=folder, base=base)
    answers.print(message, markup=False)


@app.command()
def off() -> None:
    """Stop archiving; the folder keeps what it holds."""
    archiving.turn_off(_cluster())
    remarks.print(say("Nothing is archived any more."))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the archive folder, how far it reaches and whether archiving fails; exit 1 if so."""
    state = archiving.status(_cluster())
    if as_json:
        print_json(state.document())
    else:
        _print_status(state)
    if state.failing:
        raise typer.Exit(1)


def recover(
    folder: _Folder,
    to: Annotated[
        Path, typer.Option(metavar="FOLDER", help="A new home (GEOSITES_HOME) for the result.")
    ],
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Point in time; by default the end of the archive."),
    ] = None,
) -> None:
    """Restore the private database to a point in time, from an archive, into another home."""
    instant = parse_instant(until) if until else None
    recovery.recover(folder, PrivateCluster(to.absolute()), instant)
    message = say("Recovered: set GEOSITES_HOME to %(home)s.", home=to)
    answers.print(message, markup=False)


def _print_status(state: ArchiveStatus) -> None:
    print_field(say("folder"), state.folder or say("none"))
    print_field(say("files archived"), words().number(state.archived))
    print_field(say("last file archived"), _instant(state.last_archived_at))
    print_field(say("failed attempts"), words().number(state.failed))
    print_field(say("last failed attempt"), _instant(state.last_failed_at))
    print_field(say("archiving fails at present"), say("yes") if state.failing else say("no"))


def _instant(instant: dt.datetime | None) -> str:
    return say("never") if instant is None else words().instant(instant)


def _cluster() -> PrivateCluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Refused("GEOSITES_DATABASE_URL is set: archive that database by its own means")
    return PrivateCluster(settings.home.absolute())
