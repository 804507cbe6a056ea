"""The command line. Exit 0: done; 1: refused, with the reason; 2: wrong usage."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from geosites import __version__
from geosites.cli.lazy_group import Lazily
from geosites.core.errors import GeositesError


class Commands(Lazily):
    """The commands: where each is, and what it is for."""

    table = {  # noqa: RUF012 - the class is the table
        "db": ("geosites.cli.db:app", "The database: start, stop, migrate, back up, restore."),
        "geo": (
            "geosites.cli.geography:geo_app",
            "The geography: territories, sites, care places.",
        ),
        "site": ("geosites.cli.geography:site_app", "The named places."),
        "alarms": (
            "geosites.cli.alarms:app",
            "Alarms when a closure gives way: whom, when, how.",
        ),
        "closures": (
            "geosites.cli.closures:app",
            "Closures: declare, extend, lift, look back, plan.",
        ),
        "mapping": ("geosites.cli.mappings:app", "How the files of a source become ours."),
        "audit": ("geosites.cli.audit:app", "The journal: verify it, list it, anchor it."),
        "user": ("geosites.cli.users:app", "Accounts: of services, never of persons."),
        "token": ("geosites.cli.users:token_app", "Tokens, which scripts sign in with."),
        "retention": ("geosites.cli.retention:app", "What is erased when, and what was."),
        "hotspots": (
            "geosites.cli.queries:hotspots",
            "Tell where people stood in a week, and which ground stands out from chance.",
        ),
        "bandwidth": (
            "geosites.cli.queries:bandwidth",
            "Tell how well bandwidths of 100 to 400 m foretell the next week. Policy fixes 200 m.",
        ),
        "closure": (
            "geosites.cli.queries:closure",
            "Tell whether a site is still closed: the evidence, its date and its expiry.",
        ),
        "displacement": (
            "geosites.cli.queries:displacement",
            "Tell what changed, and where, after an operation or at a site.",
        ),
        "import": (
            "geosites.cli.files:import_",
            "Add the rows of a file: all of them, or none and every reason why.",
        ),
        "export": (
            "geosites.cli.files:export",
            "Write what is recorded to a file, in the columns that import takes.",
        ),
        "bulletin": (
            "geosites.cli.bulletin:bulletin",
            "Issue the bulletin of a week that is over, or give the revision that still holds.",
        ),
        "weekly": (
            "geosites.cli.bulletin:weekly",
            "Issue the bulletin of the last week and fill its folder with files. Sends nothing.",
        ),
        "backfill": (
            "geosites.cli.backfill:backfill",
            "Compute every week and territory again: people present, their interval, visits, "
            "places.",
        ),
        "serve": (
            "geosites.cli.serve:serve",
            "Serve pages and API from a store that is ready.",
        ),
        "server": (
            "geosites.cli.serve:server",
            "Make the store ready (the exercise on first run, unless told not to), then serve.",
        ),
    }


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="geosites: where open-air consumption scenes form, are dispersed, and move.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def geosites(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """geosites: where open-air consumption scenes form, are dispersed, and move."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line; an error raised on purpose, or a bad setting, is told in a line."""
    try:
        app()
    except GeositesError as error:
        _tell(_retold(error))
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = f"GEOSITES_{'_'.join(map(str, fault['loc'])).upper()}"
            _tell(f"{name}: {fault['input']!r}: {fault['msg']}")
        sys.exit(1)


def _retold(error: GeositesError) -> str:
    """Return what an error says in the language that is set, in English where none can be."""
    from geosites.presentation.formatting import Words
    from geosites.settings import Settings

    try:
        language = Settings().language
    except ValidationError:
        return str(error)
    return Words(language).retold(error.message)


def _tell(refusal: str) -> None:
    typer.echo(f"geosites: {refusal}", err=True)
