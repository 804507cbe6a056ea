"""`geosites open-data`: release the table of a quarter, show it, show the privacy ledger."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from geosites.analysis.differential_privacy import EPSILON
from geosites.cli.analysis.queries import exercise_note
from geosites.cli.console.language import say
from geosites.cli.console.output import AsJson, print_json, print_statement, print_table, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core.documents.public_tables import LedgerDocument, PublicTableDocument
from geosites.core.quarters import Quarter
from geosites.db.publication import public_tables as released
from geosites.journal import released_tables
from geosites.services.territories import public_tables
from geosites.settings import Settings

app = App("The public table of a quarter: release, show, ledger.")

_Quarter = Annotated[str, typer.Argument(metavar="QUARTER", help="A quarter, such as 2022-Q3.")]


@app.command()
def release(
    quarter: _Quarter,
    epsilon: Annotated[
        str, typer.Option(help="What the table spends of the year's privacy budget.")
    ] = str(float(EPSILON)),
    as_json: AsJson = False,
) -> None:
    """Release the table of a past quarter, with noise; it cannot be taken back."""
    try:
        spends = Fraction(epsilon)
    except ValueError:
        spends = Fraction(0)
    if spends <= 0:
        raise typer.BadParameter(say("epsilon must be a number above 0"))
    settings, chosen = Settings(), Quarter.parse(quarter)
    file = released_tables.released_file(settings.home)
    with open_store(settings) as store, store.begin() as conn:
        now = dt.datetime.now(dt.UTC)
        released.lock(conn)
        beside = _forgotten(conn, file, chosen.year)
        made = public_tables.release(conn, chosen, now, epsilon=spends, beside=beside)
        released_tables.keep(file, made)
        document = public_tables.document(conn, made)
    _print(document, as_json)


@app.command()
def show(quarter: _Quarter, as_json: AsJson = False) -> None:
    """Show the last table released of a quarter."""
    with open_store(Settings()) as store, store.begin() as conn:
        made = released.latest(conn, Quarter.parse(quarter))
        document = public_tables.document(conn, made)
    _print(document, as_json)


@app.command()
def ledger(
    year: Annotated[int, typer.Argument(min=1980, max=2110, metavar="YEAR", help="A year.")],
    as_json: AsJson = False,
) -> None:
    """Show what the tables of a year have spent of its privacy budget, and what is left."""
    settings = Settings()
    file = released_tables.released_file(settings.home)
    with open_store(settings) as store, store.begin() as conn:
        document = public_tables.ledger(conn, year, _forgotten(conn, file, year))
    if as_json:
        print_json(document)
        return
    print_statement(_ledger_lines(document))


def _forgotten(conn: sa.Connection, file: Path, year: int) -> Fraction:
    """Return the budget spent by releases of a year that are missing in the store."""
    lines = released_tables.forgotten(file, released.releases(conn), year)
    return sum((line.epsilon for line in lines), Fraction(0))


def _print(document: PublicTableDocument, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    from geosites.presentation.text import public_table_text

    statement = public_table_text.statement(words(), document)
    print_statement([*exercise_note(words(), document), *statement])
    print_table(public_table_text.table(words(), document))
    print_statement(public_table_text.guarantee(words(), document))
    print_statement(public_table_text.method(words(), document))


def _ledger_lines(document: LedgerDocument) -> list[str]:
    spoken = words()
    lines = [
        say(
            "%(year)s: %(spent)s of %(budget)s spent, %(left)s left.",
            year=document["year"],
            spent=spoken.number(document["spent"], 3),
            budget=spoken.number(document["budget"], 3),
            left=spoken.number(document["left"], 3),
        )
    ]
    if document["forgotten"]:
        lines.append(
            say(
                "Of these, %(epsilon)s by tables that this store does not know: it was put back to "
                "an older state.",
                epsilon=spoken.number(document["forgotten"], 3),
            )
        )
    return lines + [
        say(
            "%(quarter)s, revision %(revision)s: %(epsilon)s, on %(day)s.",
            quarter=item["quarter"],
            revision=item["revision"],
            epsilon=spoken.number(item["epsilon"], 3),
            day=spoken.day(item["released_at"]),
        )
        for item in document["releases"]
    ]
