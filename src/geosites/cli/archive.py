"""`geosites db archive` and `db recover`: back to any instant, from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, say
from geosites.core.errors import Refused
from geosites.ops.private_postgres import PrivateCluster, archiving, recovery
from geosites.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Keep all changes of the private PostGIS in a folder.")

_Folder = Annotated[Path, typer.Argument(help="A folder, best on another disk.", file_okay=False)]


@app.command()
def on(folder: _Folder) -> None:
    """Archive every change from now on, and take a base backup; again: another base backup."""
    base = archiving.turn_on(_cluster(), folder)
    said = say("Archiving to %(folder)s, from %(base)s on.", folder=folder, base=base)
    answers.print(said, markup=False)


@app.command()
def off() -> None:
    """Archive no longer; what the folder holds stays there."""
    archiving.turn_off(_cluster())
    remarks.print(say("Nothing is archived any more."))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell where changes go, how far the archive reaches, and whether it fails; exit 1 then."""
    state = archiving.status(_cluster())
    if as_json:
        print_json(state.document())
    else:
        for name, value in state.document().items():
            answers.print(f"{name}: {value}", markup=False)
    if state.failing:
        raise typer.Exit(1)


def recover(
    folder: _Folder,
    to: Annotated[Path, typer.Option(help="A home without a database, for what is recovered.")],
    until: Annotated[
        str | None, typer.Option(help="An instant; without one all that the folder holds.")
    ] = None,
) -> None:
    """Make a private PostGIS as it stood at an instant, from an archive, in another home."""
    instant = parse_instant(until) if until else None
    recovery.recover(folder, PrivateCluster(to.absolute()), instant)
    said = say("Recovered: set GEOSITES_HOME to %(home)s.", home=to)
    answers.print(said, markup=False)


def _cluster() -> PrivateCluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Refused("GEOSITES_DATABASE_URL is set: archive that database by its own means")
    return PrivateCluster(settings.home.absolute())
