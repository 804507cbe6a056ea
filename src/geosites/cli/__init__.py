"""The command line. Exit 0: done; 1: refused, with the reason; 2: wrong usage."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from geosites import __version__
from geosites.cli import (
    alarms,
    ask,
    audit,
    backfill,
    bulletin,
    closures,
    db,
    files,
    geography,
    mappings,
    retention,
    serve,
    users,
)
from geosites.cli.output import remarks
from geosites.errors import GeositesError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="geosites: where open-air consumption scenes form, are dispersed, and move.",
)
app.add_typer(db.app, name="db")
app.add_typer(geography.geo_app, name="geo")
app.add_typer(geography.site_app, name="site")
app.add_typer(alarms.app, name="alarms")
app.add_typer(closures.app, name="closures")
app.add_typer(mappings.app, name="mapping")
app.add_typer(audit.app, name="audit")
app.add_typer(users.app, name="user")
app.add_typer(users.token_app, name="token")
app.add_typer(retention.app, name="retention")
app.command()(ask.hotspots)
app.command()(ask.bandwidth)
app.command()(ask.closure)
app.command(name="import")(files.import_)
app.command()(files.export)
app.command()(serve.serve)
app.command()(serve.server)
app.command()(ask.displacement)
app.command()(bulletin.bulletin)
app.command()(bulletin.weekly)
app.command()(backfill.backfill)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line; an error raised on purpose, or a bad setting, is told in a line."""
    try:
        app()
    except GeositesError as error:
        remarks.print(f"geosites: {error}", markup=False)
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = f"GEOSITES_{'_'.join(map(str, fault['loc'])).upper()}"
            remarks.print(f"geosites: {name}: {fault['input']!r}: {fault['msg']}", markup=False)
        sys.exit(1)
