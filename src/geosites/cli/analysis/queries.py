"""`geosites hotspots`, `displacement`, `closure` and `bandwidth`.

Modules that draw maps or write sentences are imported where they are used, so that a query does not
load those of other queries, and JSON output loads none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from geosites import services
from geosites.cli.administration.journaled import reading
from geosites.cli.analysis.map_files import targets, write
from geosites.cli.console.language import language as own
from geosites.cli.console.language import say
from geosites.cli.console.output import (
    AsJson,
    parse_instant,
    print_json,
    print_statement,
    print_table,
    words,
)
from geosites.cli.store.store_setup import open_store, present
from geosites.core.weeks import IsoWeek
from geosites.db.maintenance import store_flags
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.text import bandwidth_text
from geosites.settings import Settings

if TYPE_CHECKING:
    from geosites.services.displacement_studies.events import DispersalEvent

AsKnownAt = Annotated[
    str | None,
    typer.Option("--as-known-at", metavar="INSTANT", help="Leave out what was recorded later."),
]
Week = Annotated[str, typer.Argument(metavar="WEEK", help="An ISO week, such as 2022-W39.")]


def closure(
    slug: Annotated[str | None, typer.Argument(metavar="SITE", help="The site.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Point in time; by default now.")
    ] = None,
    as_known_at: AsKnownAt = None,
    every: Annotated[bool, typer.Option("--all", help="All sites, the most urgent first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show whether a site is still closed: the evidence, its date and its expiry."""
    if (slug is None) is not every:
        raise typer.BadParameter(say("give a site, or --all"))
    instant = parse_instant(as_of) if as_of else None
    known = parse_instant(as_known_at) if as_known_at else None
    if slug is None:
        _board(instant, known, as_json)
        return
    settings = Settings()
    with open_store(settings) as store, reading(store, "closure", slug) as conn:
        answer = services.closure(conn, slug, instant or present(conn), as_known_at=known)
    document = answer.document()
    if as_json:
        print_json(document)
        return
    from geosites.presentation.tables import evidence_tables
    from geosites.presentation.text.closure_text import closure_statement

    print_statement([*exercise_note(words(), document), *closure_statement(words(), document)])
    if document["evidence"]:
        print_table(evidence_tables.evidence(words(), document))


def _board(instant: dt.datetime | None, known: dt.datetime | None, as_json: bool) -> None:
    settings = Settings()
    with open_store(settings) as store, reading(store, "closure --all") as conn:
        as_of = instant or present(conn)
        answers = services.board(conn, as_of, as_known_at=known)
        exercise = store_flags.is_exercise(conn)
    rows = [answer.document() for answer in answers]
    document = {"as_of": as_of, "as_known_at": known, "exercise": exercise, "sites": rows}
    if as_json:
        print_json(document)
        return
    from geosites.presentation.tables import closure_tables

    print_statement(exercise_note(words(), document))
    print_table(closure_tables.sites(words(), Links(), rows))


def hotspots(
    week: Week,
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
    geojson: Annotated[
        Path | None,
        typer.Option(help="Write the features of the map to this file: .geojson or .json."),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Write the map to this .html file.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help="Write the print map to this file: .png or .svg.")
    ] = None,
) -> None:
    """Show where people were present in a week, and the hotspots."""
    from geosites.maps.map_export import week_files
    from geosites.presentation.tables import hotspot_tables, territory_tables
    from geosites.presentation.text.week_text import week_statement

    known = parse_instant(as_known_at) if as_known_at else None
    settings = Settings()
    files = targets(
        {
            "--geojson": (geojson, ("geojson", "json")),
            "--map": (map_file, ("html",)),
            "--png": (png, ("png", "svg")),
        }
    )
    with open_store(settings) as store, reading(store, "hotspots", week) as conn:
        answer = services.hotspots(conn, IsoWeek.parse(week), as_known_at=known)
        write(files, week_files(conn, answer, dt.datetime.now(dt.UTC), own()))
    document = answer.document()
    if as_json:
        print_json(document)
        return
    print_statement([*exercise_note(words(), document), *week_statement(words(), document)])
    if document["visits"]:
        print_table(hotspot_tables.hotspots(words(), Links(), document))
        print_table(territory_tables.territories(words(), document))


def displacement(
    operation: Annotated[
        str | None, typer.Option(help="Id of an operation: from its page, or `export operations`.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="A site instead, with --at.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="When the event at the site took place.")
    ] = None,
    before_weeks: Annotated[
        int, typer.Option(min=1, max=260, help="Weeks compared before the event.")
    ] = 26,
    after_weeks: Annotated[
        int, typer.Option(min=1, max=260, help="Weeks compared after the event.")
    ] = 13,
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Write the map to this file: .html, .png, .svg or .geojson."),
    ] = None,
) -> None:
    """Show what changed, and where, after an operation or at a site."""
    from geosites.maps.map_export import displacement_files
    from geosites.presentation.tables import displacement_tables
    from geosites.presentation.text.displacement_text import displacement_statement, trust_statement

    known = parse_instant(as_known_at) if as_known_at else None
    settings = Settings()
    files = targets({"--map": (map_file, ("html", "png", "svg", "geojson"))})
    about = (operation or site or "", at or "")
    with open_store(settings) as store, reading(store, "displacement", *about) as conn:
        event = _event(conn, operation, site, at)
        study = services.displacement(
            conn, event, before_weeks=before_weeks, after_weeks=after_weeks, as_known_at=known
        )
        write(files, displacement_files(conn, event, study, own()))
    document = study.document()
    if as_json:
        print_json(document)
        return
    print_statement(
        [
            *exercise_note(words(), document),
            *displacement_statement(words(), document),
            *trust_statement(words(), document),
        ]
    )
    for table in (
        displacement_tables.changes,
        displacement_tables.steady,
        displacement_tables.flows,
        displacement_tables.study,
    ):
        print_table(table(words(), document))


def bandwidth(
    first: Annotated[str, typer.Option("--from", metavar="WEEK", help="The first ISO week.")],
    last: Annotated[str, typer.Option("--to", metavar="WEEK", help="The last ISO week.")],
    as_json: AsJson = False,
) -> None:
    """Compare bandwidths of 100 to 400 m by their forecast of the next week.

    Analyses always use the 200 m that policy sets.
    """
    settings = Settings()
    with open_store(settings) as store, reading(store, "bandwidth", first, last) as conn:
        study = services.bandwidth(conn, IsoWeek.parse(first), IsoWeek.parse(last))
    if as_json:
        print_json(asdict(study))
        return

    print_statement(bandwidth_text.statement(words(), study))
    print_table(bandwidth_text.table(words(), study))


def _event(
    conn: sa.Connection, operation: str | None, site: str | None, at: str | None
) -> DispersalEvent:
    if operation is not None and site is None and at is None:
        return services.events.parse(conn, operation)
    if operation is None and site is not None and at is not None:
        return services.events.at_site(conn, site, parse_instant(at))
    raise typer.BadParameter(say("give --operation, or --site with --at"))


def exercise_note(words: Words, document: Mapping[str, object]) -> list[str]:
    """Return the sentence that precedes every answer from exercise data."""
    return [words.say("Exercise: fictional data.")] if document["exercise"] else []
