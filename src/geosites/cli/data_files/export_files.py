"""`geosites export`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from geosites import services
from geosites.cli.administration.journaled import MotiveOption, handing_out, why
from geosites.cli.console.language import say
from geosites.cli.console.output import AsJson, answers, parse_instant, print_json, remarks, words
from geosites.cli.store.store_setup import open_store
from geosites.core.documents.files import WrittenFile
from geosites.core.errors import phrase
from geosites.exports import FORMATS, ExportKind, export_file
from geosites.exports.qgis_project import SiteStatus, export_project
from geosites.presentation.labels import closure_status
from geosites.presentation.text import file_text as messages
from geosites.settings import Settings


class Exported(StrEnum):
    """What can be exported: rows of one kind, or all of them as a QGIS project."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    SITES = "sites"
    PROJECT = "project"


def export(
    kind: Annotated[Exported, typer.Argument(help="What to export; project: a QGIS project.")],
    file: Annotated[
        Path, typer.Argument(help=phrase("Format by extension: %(list)s.", list=" ".join(FORMATS)))
    ],
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Only rows from this instant on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Only rows before this instant.")
    ] = None,
    as_known_at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="With what was known at that time.")
    ] = None,
    motive: MotiveOption = None,
    as_json: AsJson = False,
) -> None:
    """Export records to a file, in the columns that import takes.

    An interrupted export resumes when the same command is run again.
    """
    times = (since, until, as_known_at)
    start, end, known_at = (parse_instant(text) if text else None for text in times)
    settings, reason = Settings(), why(motive)
    if kind is Exported.PROJECT:
        _project(settings, file, reason, as_json=as_json)
        return
    with (
        open_store(settings) as store,
        handing_out(store, f"export {kind}", [file.name], reason, str(file)) as conn,
        _row_counter(file.name) as progress,
    ):
        report = export_file(
            conn,
            ExportKind(kind),
            file,
            since=start,
            until=end,
            as_known_at=known_at,
            progress=progress,
        )
    if as_json:
        print_json(report.document())
        return
    answers.print(messages.exported(words(), report.document()), markup=False)


def _project(settings: Settings, file: Path, reason: str | None, *, as_json: bool) -> None:
    """Write a QGIS project with the present status of the closures."""
    now = dt.datetime.now(dt.UTC)
    with (
        open_store(settings) as store,
        handing_out(store, "export project", [file.name], reason, str(file)) as conn,
    ):
        statuses = [
            SiteStatus(
                site=answer.site.slug,
                name=answer.site.name,
                status=answer.document()["status"],
                word=closure_status(words(), answer.document()["status"]).word,
                perimeter=answer.site.perimeter,
            )
            for answer in services.board(conn, now)
        ]
        report = export_project(conn, file, statuses)
    if as_json:
        print_json(asdict(report))
        return
    written: WrittenFile = {
        "file": report.file,
        "rows": sum(report.rows.values()),
        "exercise": report.exercise,
        "resumed": False,
    }
    answers.print(messages.exported(words(), written), markup=False)


@contextmanager
def _row_counter(name: str) -> Iterator[Callable[[int], None]]:
    """Show the number of rows read; on an interruption, say how to resume."""

    def label(count: int) -> str:
        return f"{name}{say(': ')}{messages.row_count(words(), count)}"

    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=remarks, transient=True) as bar:
            task = bar.add_task(label(0), total=None)
            yield lambda count: bar.update(task, completed=count, description=label(count))
    except KeyboardInterrupt:
        remarks.print(messages.broken_off(words(), name), markup=False)
        raise
