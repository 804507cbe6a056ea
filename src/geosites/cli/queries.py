"""`geosites hotspots`, `displacement` and `closure`: the three questions.

What draws and words an answer is imported where it is needed: one question must not wait for the
others' maps and methods, and JSON needs no words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from geosites import services
from geosites.cli.map_files import targets, write
from geosites.cli.output import (
    AsJson,
    parse_instant,
    print_json,
    print_statement,
    print_table,
    say,
)
from geosites.cli.store_setup import open_store
from geosites.core.weeks import IsoWeek
from geosites.db import store_flags
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.settings import Settings

if TYPE_CHECKING:
    from geosites.services.events import Event

AsKnownAt = Annotated[
    str | None, typer.Option("--as-known-at", help="Leave out what was recorded later.")
]


def closure(
    slug: Annotated[str | None, typer.Argument(help="The site.")] = None,
    as_of: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    as_known_at: AsKnownAt = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every site, by what needs a visit first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether a site is still closed: the evidence, its date and its expiry."""
    if (slug is None) is not every:
        raise typer.BadParameter(say("give a site, or --all"))
    instant = parse_instant(as_of) if as_of else dt.datetime.now(dt.UTC)
    known = parse_instant(as_known_at) if as_known_at else None
    if slug is None:
        _board(instant, known, as_json)
        return
    settings = Settings()
    with open_store(settings) as store, store.begin() as conn:
        answer = services.closure(conn, slug, instant, as_known_at=known)
    document = answer.document()
    if as_json:
        print_json(document)
        return
    from geosites.presentation.tables import summary_tables
    from geosites.presentation.text.summary_text import closure_statement

    words = Words(settings.language)
    print_statement([*exercise_note(words, document), *closure_statement(words, document)])
    if document["evidence"]:
        print_table(summary_tables.evidence(words, document))


def _board(as_of: dt.datetime, known: dt.datetime | None, as_json: bool) -> None:
    settings = Settings()
    with open_store(settings) as store, store.begin() as conn:
        found = services.board(conn, as_of, as_known_at=known)
        exercise = store_flags.is_exercise(conn)
    listed = [answer.document() for answer in found]
    document = {"as_of": as_of, "as_known_at": known, "exercise": exercise, "sites": listed}
    if as_json:
        print_json(document)
        return
    from geosites.presentation.tables import summary_tables

    words = Words(settings.language)
    print_statement(exercise_note(words, document))
    print_table(summary_tables.sites(words, Links(), listed))


def hotspots(
    week: Annotated[str, typer.Argument(help="An ISO week, such as 2022-W39.")],
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
    geojson: Annotated[
        Path | None, typer.Option(help="Write the map's features: .geojson or .json.")
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Write the map as one .html file.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Write the map for paper: .png or .svg.")] = None,
) -> None:
    """Tell where people stood in a week, and which ground stands out from chance."""
    from geosites.maps.export import week_files
    from geosites.presentation.tables import summary_tables
    from geosites.presentation.text.summary_text import week_statement

    known = parse_instant(as_known_at) if as_known_at else None
    settings = Settings()
    files = targets(
        {
            "--geojson": (geojson, ("geojson", "json")),
            "--map": (map_file, ("html",)),
            "--png": (png, ("png", "svg")),
        }
    )
    with open_store(settings) as store, store.begin() as conn:
        answer = services.hotspots(conn, IsoWeek.parse(week), as_known_at=known)
        write(files, week_files(conn, answer, dt.datetime.now(dt.UTC), settings.language))
    document = answer.document()
    if as_json:
        print_json(document)
        return
    words = Words(settings.language)
    print_statement([*exercise_note(words, document), *week_statement(words, document)])
    if document["visits"]:
        print_table(summary_tables.hotspots(words, Links(), document))
        print_table(summary_tables.territories(words, document))


def displacement(
    operation: Annotated[
        str | None, typer.Option(help="Its id: see its page, or `export operations`.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Or a site, with --at.")] = None,
    at: Annotated[str | None, typer.Option(help="The instant of the event at the site.")] = None,
    before_weeks: Annotated[int, typer.Option(min=1, max=260)] = 26,
    after_weeks: Annotated[int, typer.Option(min=1, max=260)] = 13,
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Write the map: .html, .png, .svg or .geojson.")
    ] = None,
) -> None:
    """Tell what changed, and where, after an operation or at a site."""
    from geosites.maps.export import displacement_files
    from geosites.presentation.tables import displacement_tables
    from geosites.presentation.text.displacement_text import displacement_statement, trust_statement

    known = parse_instant(as_known_at) if as_known_at else None
    settings = Settings()
    files = targets({"--map": (map_file, ("html", "png", "svg", "geojson"))})
    with open_store(settings) as store, store.begin() as conn:
        event = _event(conn, operation, site, at)
        study = services.displacement(
            conn, event, before_weeks=before_weeks, after_weeks=after_weeks, as_known_at=known
        )
        write(files, displacement_files(conn, event, study, settings.language))
    document = study.document()
    if as_json:
        print_json(document)
        return
    words = Words(settings.language)
    print_statement(
        [
            *exercise_note(words, document),
            *displacement_statement(words, document),
            *trust_statement(words, document),
        ]
    )
    for table in (
        displacement_tables.changes,
        displacement_tables.steady,
        displacement_tables.flows,
        displacement_tables.study,
    ):
        print_table(table(words, document))


def bandwidth(
    first: Annotated[str, typer.Option("--from", help="The first ISO week.")],
    last: Annotated[str, typer.Option("--to", help="The last ISO week.")],
    as_json: AsJson = False,
) -> None:
    """Tell how well bandwidths of 100 to 400 m foretell the next week. Policy fixes 200 m."""
    settings = Settings()
    with open_store(settings) as store, store.begin() as conn:
        study = services.bandwidth(conn, IsoWeek.parse(first), IsoWeek.parse(last))
    if as_json:
        print_json(asdict(study))
        return
    from geosites.presentation.text import bandwidth_text

    words = Words(settings.language)
    print_statement(bandwidth_text.statement(words, study))
    print_table(bandwidth_text.table(words, study))


def _event(conn: sa.Connection, operation: str | None, site: str | None, at: str | None) -> Event:
    if operation is not None and site is None and at is None:
        return services.events.parse(conn, operation)
    if operation is None and site is not None and at is not None:
        return services.events.at_site(conn, site, parse_instant(at))
    raise typer.BadParameter(say("give --operation, or --site with --at"))


def exercise_note(words: Words, document: Mapping[str, Any]) -> list[str]:
    """Return the sentence that everything shown of an exercise begins with."""
    return [words.say("Exercise: fictional data.")] if document["exercise"] else []
