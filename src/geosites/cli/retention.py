"""`geosites retention`: erase what has been kept long enough, and show the certificates."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from geosites.cli.output import AsJson, answers, print_json, remarks
from geosites.cli.store_setup import open_store
from geosites.core.errors import Refused
from geosites.db import retention, store_flags
from geosites.db.retention import Certificate, Periods
from geosites.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What is erased when, and what was.")


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="Also in a store that holds the exercise.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Erase and coarsen what is due by the settings, and certify it."""
    settings = Settings()
    now = dt.datetime.now(dt.UTC)
    with open_store(settings, geography=False) as store, store.begin() as conn:
        if store_flags.is_exercise(conn) and not exercise:
            raise Refused("the store holds the exercise: nobody was seen; --exercise erases it")
        made = retention.run(conn, periods(settings), now)
        if dry_run:
            conn.rollback()
    _say(made, as_json=as_json)
    if dry_run:
        remarks.print("nothing was done: this was a dry run")


@app.command()
def certificates(as_json: AsJson = False) -> None:
    """Show every certificate, the newest first."""
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        _say(retention.certificates(conn), as_json=as_json)


def periods(settings: Settings) -> Periods:
    """Return how long things are kept, as set."""
    return Periods(
        sightings=settings.keep_sightings_months,
        operations=settings.keep_operations_months,
        closures=settings.keep_closures_months,
        messages=settings.keep_messages_months,
        journal=settings.keep_journal_months,
        exact_positions=settings.keep_exact_months,
    )


def _say(made: list[Certificate], *, as_json: bool) -> None:
    if as_json:
        print_json({"certificates": [one.document() for one in made]})
        return
    for one in made:
        answers.print(
            f"{one.made_at.isoformat(timespec='seconds')}  {one.table_name}: {one.rows}"
            f" {one.action}, before {one.before.date().isoformat()} ({one.rule})"
            f"  sha256 {one.digest}",
            markup=False,
        )
    if not made:
        answers.print("nothing was due")
