"""`geosites import` and `geosites export`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from geosites import services
from geosites.cli.journaled import MotiveOption, handing_out, why
from geosites.cli.language import language, say
from geosites.cli.map_files import targets
from geosites.cli.mappings import (
    Columns,
    Constants,
    DecimalComma,
    Delimiter,
    Encoding,
    Factors,
    Ignored,
    Layer,
    MaxRejects,
    Sheet,
    Times,
    Where,
    Zone,
    factors_of,
    pairs_of,
    patterns_of,
)
from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, words
from geosites.cli.store_setup import open_store
from geosites.core.documents.files import WrittenFile
from geosites.core.errors import phrase
from geosites.db.postgres.connection import Store
from geosites.exports import FORMATS, ExportKind, export_file
from geosites.exports.qgis_project import SiteStatus, export_project
from geosites.imports import ImportReport, import_file
from geosites.imports import mapping as mappings
from geosites.imports.importing import Look, ToConfirm
from geosites.imports.options import SourceOptions
from geosites.imports.readers.by_extension import ENDINGS
from geosites.maps.import_preview import Preview, preview_file, previewed
from geosites.presentation.labels import closure_status
from geosites.presentation.text import file_text as messages
from geosites.settings import Settings
from geosites.validation import FileKind

_OLD = dt.timedelta(days=90)


@dataclass(frozen=True)
class ColumnOptions:
    """What the options say about the columns of one file."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    ignore: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """One import as it is asked for on the command line."""

    kind: FileKind
    file: Path
    columns: ColumnOptions
    mapping: str | None
    parent: Path | None
    dry_run: bool
    rejects: Path | None


def import_(
    kind: Annotated[FileKind, typer.Argument(help="What the rows describe.")],
    file: Annotated[
        Path,
        typer.Argument(help=phrase("Format by extension: %(list)s.", list=" ".join(ENDINGS))),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and write nothing.")
    ] = False,
    column: Columns = None,
    value: Constants = None,
    ignore: Ignored = None,
    mapping: Annotated[
        str | None, typer.Option(help="Name of a saved mapping, or odk, or kobo.")
    ] = None,
    parent: Annotated[
        Path | None, typer.Option(help="The parent file that the rows refer to.")
    ] = None,
    sheet: Sheet = None,
    layer: Layer = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    zone: Zone = None,
    time: Times = None,
    decimal_comma: DecimalComma = None,
    factor: Factors = None,
    where: Where = None,
    max_rejects: MaxRejects = None,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the bad rows with their reasons to this .csv."),
    ] = None,
    as_proposed: Annotated[
        bool, typer.Option("--as-proposed", help="What --dry-run proposed is right.")
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option("--map", help="With --dry-run: write a map of the rows to this .html file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a file: all of its rows, or none with every reason why."""
    if preview is not None and not dry_run:
        raise typer.BadParameter(say("--map goes with --dry-run"))
    settings, maps = Settings(), targets({"--map": (preview, ("html",))})
    previews: list[Preview] = []
    asked = _Asked(
        kind=kind,
        file=file,
        columns=ColumnOptions(
            pairs_of("--column", column), pairs_of("--value", value), tuple(ignore or ())
        ),
        mapping=mapping,
        parent=parent,
        dry_run=dry_run,
        rejects=rejects,
    )
    options = SourceOptions(
        sheet=sheet,
        layer=layer,
        encoding=encoding,
        delimiter=delimiter,
        zone=zone,
        times=patterns_of(time),
        decimal_comma=decimal_comma,
        factors=factors_of(factor),
        where=where,
        max_rejects=max_rejects,
        confirmed=as_proposed,
    )
    look = (lambda conn, staged: previews.append(previewed(conn, staged))) if maps else None
    with open_store(settings) as store:
        try:
            report = _import(store, settings, asked, options, look)
        except ToConfirm as question:
            if as_json or not _agrees(question):
                raise
            report = _import(store, settings, asked, replace(options, confirmed=True), look)
    for target in maps:
        target.write(preview_file(report, previews[0], language()).encode())
    if as_json:
        print_json(report.document())
    else:
        _print_report(report)
    if report.refused_whole:
        raise typer.Exit(1)


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
    """Show how many rows were read; on an interruption, say how to resume."""

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


def _import(
    store: Store, settings: Settings, asked: _Asked, options: SourceOptions, look: Look | None
) -> ImportReport:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=remarks, transient=True) as bar, store.begin() as conn:
        task = bar.add_task(asked.file.name, total=_size(asked.file))
        return import_file(
            conn,
            asked.kind,
            asked.file,
            now=dt.datetime.now(dt.UTC),
            columns=asked.columns.columns,
            constants=asked.columns.constants,
            ignore=asked.columns.ignore,
            mapping=None if asked.mapping is None else mappings.get(conn, asked.mapping),
            parent=asked.parent,
            options=options,
            rejects=asked.rejects,
            limit_bytes=settings.file_limit_mb * 1_000_000,
            first_day=settings.first_day,
            dry_run=asked.dry_run,
            look=look,
            progress=lambda count: bar.update(task, completed=count),
        )


def _agrees(question: ToConfirm) -> bool:
    """Ask whether what was recognised is right, where somebody is there to answer."""
    if not sys.stdin.isatty():
        return False
    for item in question.findings:
        remarks.print(words().retold(item.text), markup=False)
    return typer.confirm(say("Is that right?"), err=True)


def _size(file: Path) -> int | None:
    """Return the number of bytes to read; None for a compressed or a missing file."""
    return file.stat().st_size if file.is_file() and file.suffix != ".gz" else None


def _print_report(report: ImportReport) -> None:
    document = report.document()
    for warning in report.warnings:
        remarks.print(words().retold(warning), markup=False)
    if report.dry_run:
        remarks.print(messages.recognised(words(), document), markup=False)
    for row in report.refused:
        remarks.print(messages.bad_row(words(), row.document()), markup=False)
    if report.refused_whole:
        remarks.print(messages.refused(words(), document), markup=False)
        return
    if report.refused_total or report.left_out:
        remarks.print(messages.left_out(words(), document), markup=False)
    if report.oldest is not None and dt.datetime.now(dt.UTC) - report.oldest > _OLD:
        remarks.print(messages.old_rows(words(), report.file, report.oldest), markup=False)
    answers.print(messages.imported(words(), document), markup=False)
    if report.to_confirm:
        remarks.print(messages.to_confirm(words(), document), markup=False)
