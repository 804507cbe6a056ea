"""`geosites detection`: the share of the people present that a crew counts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from geosites import services
from geosites.cli.analysis.queries import AsKnownAt, exercise_note
from geosites.cli.console.output import AsJson, parse_instant, print_json, print_statement, words
from geosites.cli.store.store_setup import open_store
from geosites.settings import Settings


def detection(
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Point in time; by default now.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=260, help="Weeks of double counts.")] = 26,
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Show what share of the people present a crew sees.

    From scenes that two crews counted.
    """
    known = parse_instant(as_known_at) if as_known_at else None
    with open_store(Settings()) as store, store.begin() as conn:
        now = services.reading_time(conn, dt.datetime.now(dt.UTC))
        instant = parse_instant(as_of) if as_of else now
        document = services.detection(conn, instant, weeks=weeks, as_known_at=known).document()
    if as_json:
        print_json(document)
        return
    from geosites.presentation.text.detection_text import detection_statement

    print_statement([*exercise_note(words(), document), *detection_statement(words(), document)])
