"""What `geosites closures` shows: the list of closures, the history of a site, round sheets."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from geosites import services
from geosites.cli.administration.journaled import reading
from geosites.cli.analysis.map_files import targets, write
from geosites.cli.analysis.queries import exercise_note
from geosites.cli.console.language import say
from geosites.cli.console.output import (
    AsJson,
    answers,
    parse_instant,
    print_json,
    print_statement,
    print_table,
    remarks,
    words,
)
from geosites.cli.store.store_setup import open_store, present
from geosites.core.records import Closure
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.presentation.charts.status_timeline import stretches
from geosites.presentation.labels import closure_act_word, closure_reason_word
from geosites.presentation.links import Links
from geosites.presentation.text.round_text import round_table, rounds_statement
from geosites.settings import Settings

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="INSTANT", help="Point in time; by default now."),
]


def list_(
    site: Annotated[str | None, typer.Argument(help="Only closures of this site.")] = None,
    as_json: AsJson = False,
) -> None:
    """List closures with the decisions on each."""
    with open_store(Settings()) as store, reading(store, "closures list", site or "") as conn:
        selected = closures.list_all(conn) if site is None else _of_site(conn, site)
        rows = [_row(conn, closure) for closure in selected]
    if as_json:
        print_json({"closures": rows})
        return
    if not rows:
        remarks.print(say("No closure."))
    for row in rows:
        _print_closure(row)


def history(
    site: Annotated[str, typer.Argument(help="The site.")],
    start: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Start; by default before the first closure."),
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="INSTANT", help="End; by default now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the status of a site over time, with each change."""
    since = parse_instant(start) if start else None
    with open_store(Settings()) as store, reading(store, "closures history", site) as conn:
        until = parse_instant(end) if end else present(conn)
        document = services.history(conn, site, since, until).document()
    if as_json:
        print_json(document)
        return
    print_statement(exercise_note(words(), document))
    print_table(stretches(words(), document))


def rounds(
    days: Annotated[int, typer.Option(min=0, max=60, help="Visits due within this many days.")] = 3,
    most: Annotated[int, typer.Option(min=1, max=200, help="Maximum number of sites.")] = 12,
    as_of: AsOf = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the sheet to this .pdf file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan rounds: which sites to visit, at what time of day, in what order."""
    papers = targets({"--pdf": (pdf, ("pdf",))})
    with open_store(Settings()) as store, reading(store, "closures rounds") as conn:
        instant = parse_instant(as_of) if as_of else present(conn)
        due_by = instant + dt.timedelta(days=days)
        sheet = services.rounds(conn, instant, due_by, most=most).document()
    if papers:
        from geosites.presentation.round_sheet_pdf import round_pdf

        write(papers, {"pdf": lambda: round_pdf(words(), sheet)})
    if as_json:
        print_json(sheet)
        return
    print_statement([*exercise_note(words(), sheet), rounds_statement(words(), sheet)])
    for row in sheet["rounds"]:
        print_table(round_table(words(), Links(), sheet, row))


def _of_site(conn: sa.Connection, slug: str) -> list[Closure]:
    return closures.of_site(conn, sites.get(conn, slug).slug)


def _row(conn: sa.Connection, closure: Closure) -> dict[str, Any]:
    acts = [
        {
            "at": at,
            "kind": act.kind,
            "reason": act.reason,
            "legal_ref": act.legal_ref,
            "until": act.until,
        }
        for at, act in closures.acts(conn, closure.id)
    ]
    return {**asdict(closure), "acts": acts}


def _print_closure(row: dict[str, Any]) -> None:
    start, end = words().instant(row["closed_from"]), row["closed_until"]
    period = say("from %(start)s until further notice", start=start)
    if end is not None:
        period = say("from %(start)s until %(end)s", start=start, end=words().instant(end))
    reference = f", {row['legal_ref']}" if row["legal_ref"] else ""
    answers.print(f"{row['id']}  {row['site']}{say(': ')}{period}{reference}", markup=False)
    for act in row["acts"]:
        kind, reason = (
            closure_act_word(words(), act["kind"]),
            closure_reason_word(words(), act["reason"]),
        )
        line = f"{words().instant(act['at'])}  {kind}{say(': ')}{reason}"
        answers.print(f"    {line}", markup=False)
