"""The command line. Exit codes: 0 done, 1 refused with a reason, 2 wrong usage."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from typer._click.exceptions import ClickException

from geosites import __version__
from geosites.cli.console.language import say, translate
from geosites.cli.console.lazy_group import LazyGroup
from geosites.cli.console.usage import App, print_error
from geosites.core.errors import GeositesError
from geosites.core.pydantic_messages import fault_reason

_DESCRIPTION = "Where open-air consumption scenes form, how they are dispersed, where they move."


class Commands(LazyGroup):
    """The commands: where each is defined, and its line of help."""

    table = {  # noqa: RUF012 - the class is the table
        "db": (
            "geosites.cli.store.db_and_backup:app",
            "The database: start, stop, migrate, back up, restore.",
        ),
        "geo": ("geosites.cli.geo.geography:geo_app", "The geography: load its data."),
        "city": ("geosites.cli.geo.city:app", "The city: set the store up for one from a folder."),
        "basemap": ("geosites.cli.geo.basemap:app", "The street map: build it from a file."),
        "site": ("geosites.cli.geo.geography:site_app", "The sites: add, remove."),
        "alarms": ("geosites.cli.publication.alarms:app", "The alarms: subscribe, send, retry."),
        "closures": (
            "geosites.cli.analysis.closures:app",
            "The closures: declare, extend, lift, history, rounds.",
        ),
        "mapping": (
            "geosites.cli.data_files.mappings:app",
            "The column mappings for imports: save, list, show, remove.",
        ),
        "audit": ("geosites.cli.administration.audit:app", "The journal: verify, list, anchor."),
        "user": (
            "geosites.cli.administration.users:app",
            "The accounts: add, reset, disable, list.",
        ),
        "token": (
            "geosites.cli.administration.users:token_app",
            "The API tokens: add, list, revoke.",
        ),
        "share": (
            "geosites.cli.publication.share:app",
            "Sharing with other services: add, pull, list, remove; the key of this one.",
        ),
        "open-data": (
            "geosites.cli.publication.open_data:app",
            "The public table of a quarter: release, show, ledger.",
        ),
        "retention": (
            "geosites.cli.store.retention:app",
            "Data retention: erase what is due, show certificates.",
        ),
        "hotspots": (
            "geosites.cli.analysis.queries:hotspots",
            "Show where people were present in a week, and the hotspots.",
        ),
        "bandwidth": (
            "geosites.cli.analysis.queries:bandwidth",
            "Compare bandwidths of 100 to 400 m by their forecast of the next week.",
        ),
        "closure": (
            "geosites.cli.analysis.queries:closure",
            "Show whether a site is still closed: the evidence, its date and its expiry.",
        ),
        "detection": (
            "geosites.cli.analysis.crew_detection:detection",
            "Show what share of the people present a crew sees.",
        ),
        "rounds": (
            "geosites.cli.analysis.rounds:rounds",
            "Show where to look next: the stops of each crew in one shift, and what each is for.",
        ),
        "displacement": (
            "geosites.cli.analysis.queries:displacement",
            "Show what changed, and where, after an operation or at a site.",
        ),
        "import": (
            "geosites.cli.data_files.import_files:import_",
            "Import a file: all of its rows, or none with every reason why.",
        ),
        "export": (
            "geosites.cli.data_files.export_files:export",
            "Export records to a file, in the columns that import takes.",
        ),
        "bulletin": (
            "geosites.cli.publication.bulletin:bulletin",
            "Issue the bulletin of a past week, or show the current revision.",
        ),
        "weekly": (
            "geosites.cli.publication.bulletin:weekly",
            "Issue the bulletin of the last week and write its files. Sends nothing.",
        ),
        "backfill": (
            "geosites.cli.store.backfill:backfill",
            "Recompute the weekly figures of every territory.",
        ),
        "check": (
            "geosites.cli.server.check:check",
            "Check settings, database, rights, disk, clock, jobs, certificate, base map and mail.",
        ),
        "jobs": (
            "geosites.cli.server.jobs:app",
            "The regular jobs: when each is due and last ran; the backup of the day.",
        ),
        "serve": (
            "geosites.cli.server.serve:serve",
            "Serve pages and API; the database must be ready.",
        ),
        "server": (
            "geosites.cli.server.serve:server",
            "Prepare the database, with the exercise on first run, then serve.",
        ),
    }


app = App(_DESCRIPTION, cls=Commands)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback(help=_DESCRIPTION)
def geosites(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Read the options before the command."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line; print expected errors and invalid settings on one line each."""
    try:
        sys.exit(app(standalone_mode=False, prog_name="geosites") or 0)
    except ClickException as error:
        print_error(error)
        sys.exit(error.exit_code)
    except typer.Abort:
        _print_refusal(say("interrupted"))
        sys.exit(1)
    except GeositesError as error:
        _print_refusal(translate(error.message))
        sys.exit(1)
    except ValidationError as error:
        from geosites.settings.sources import SECRETS, variable_of  # read with the settings

        for fault in error.errors():
            field = "_".join(map(str, fault["loc"]))
            value = "…" if field in SECRETS else repr(fault["input"])
            _print_refusal(f"{variable_of(field)}: {value}: {translate(fault_reason(fault))}")
        sys.exit(1)
    except Exception as error:
        missing = _missing_right(error)
        if missing is None:
            raise
        _print_refusal(missing)
        sys.exit(1)


def _missing_right(error: Exception) -> str | None:
    """Return the message on a missing database privilege, None for other errors."""
    origin = getattr(error, "orig", error)
    if not type(origin).__module__.startswith("psycopg"):
        return None
    from geosites.db.access import missing_privileges  # only what has used the database gets here

    refusal = missing_privileges.refusal(origin)
    return None if refusal is None else translate(refusal)


def _print_refusal(message: str) -> None:
    typer.echo(f"geosites: {message}", err=True)
