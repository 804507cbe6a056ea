"""Output of the command line: results on standard output, everything else on standard error."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from geosites.cli.console.language import language, say
from geosites.core.errors import Refused
from geosites.presentation.formatting import Words
from geosites.presentation.tables import table

if TYPE_CHECKING:
    pass

answers = Console(highlight=False, soft_wrap=True)
remarks = Console(stderr=True, highlight=False, soft_wrap=True)
_LONG_S = 3.0

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error; call what is yielded with `done` and `total`."""
    columns = MofNCompleteColumn(), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=remarks, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)


@contextmanager
def bar_if_long() -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error for what takes longer than three seconds."""
    started = time.monotonic()
    bar = Progress(BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=remarks)
    task = bar.add_task("", total=None)

    def move(done: int, of: int) -> None:
        bar.update(task, completed=done, total=of)
        if not bar.live.is_started and time.monotonic() - started > _LONG_S:
            bar.start()

    try:
        yield move
    finally:
        if bar.live.is_started:
            bar.stop()


def words() -> Words:
    """Return the vocabulary of the language of the command line."""
    return Words(language())


def print_field(label: str, value: object) -> None:
    """Print one labelled value: `mot de passe : …`."""
    answers.print(f"{label}{say(': ')}{value}", markup=False)


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, default=_plain, ensure_ascii=False, indent=2, allow_nan=False))


def print_statement(sentences: Iterable[str]) -> None:
    """Print sentences, one a line."""
    for sentence in sentences:
        answers.print(sentence, markup=False)


def print_table(table: table.Table) -> None:
    """Print a table, or its replacement text where it has no rows."""
    if not table.rows:
        answers.print(table.empty, markup=False)
        return
    table_view = Table(box=box.SIMPLE, title=Text(table.caption), title_justify="left")
    for column in table.columns:
        table_view.add_column(Text(column.label), justify="right" if column.numeric else "left")
    for row in table.rows:
        table_view.add_row(*(Text("\n".join(filter(None, (cell.text, cell.note)))) for cell in row))
    answers.print(table_view)


def parse_instant(text: str) -> dt.datetime:
    """Return the instant written as ISO 8601 with an offset, or raise `Refused`."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            "%(text)r is not an instant like 2023-07-13T12:00:00+02:00", text=text
        ) from error
    if instant.tzinfo is None:
        raise Refused("%(text)r has no offset: write it like 2023-07-13T12:00:00+02:00", text=text)
    return instant


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
