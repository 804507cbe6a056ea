"""`geosites import`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from geosites.cli.analysis.map_files import targets
from geosites.cli.console.language import language, say
from geosites.cli.console.option_groups import spread_options
from geosites.cli.console.output import AsJson, answers, print_json, remarks, words
from geosites.cli.data_files.source_options import ColumnArguments, ColumnOptions, SourceArguments
from geosites.cli.store.store_setup import open_store
from geosites.core.errors import phrase
from geosites.db.postgres.connection import Store
from geosites.imports import ImportReport, import_file, saved_mappings
from geosites.imports.doubtful_counts import CountsToConfirm
from geosites.imports.importing import Look, ToConfirm
from geosites.imports.readers.by_extension import ENDINGS
from geosites.imports.source_options import SourceOptions
from geosites.maps.import_preview import Preview, preview_file, previewed
from geosites.presentation.text import file_text as messages
from geosites.services.closure_status.reactivation_hazard import bring_up_to_date
from geosites.settings import Settings
from geosites.validation import FileKind

_OLD = dt.timedelta(days=90)


@dataclass(frozen=True)
class _Asked:
    """An import as requested on the command line."""

    kind: FileKind
    file: Path
    columns: ColumnOptions
    mapping: str | None
    parent: Path | None
    dry_run: bool
    rejects: Path | None
    as_json: bool
    counts_confirmed: bool


@spread_options
def import_(
    kind: Annotated[FileKind, typer.Argument(help="What the rows describe.")],
    file: Annotated[
        Path,
        typer.Argument(help=phrase("Format by extension: %(list)s.", list=" ".join(ENDINGS))),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and write nothing.")
    ] = False,
    columns: ColumnArguments,
    mapping: Annotated[
        str | None, typer.Option(help="Name of a saved mapping, or odk, or kobo.")
    ] = None,
    parent: Annotated[
        Path | None, typer.Option(help="The parent file that the rows refer to.")
    ] = None,
    source: SourceArguments,
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
    targets({"--rejects": (rejects, ("csv",))})
    previews: list[Preview] = []
    asked = _Asked(
        kind=kind,
        file=file,
        columns=columns.parsed(),
        mapping=mapping,
        parent=parent,
        dry_run=dry_run,
        rejects=rejects,
        as_json=as_json,
        counts_confirmed=as_proposed or as_json or not sys.stdin.isatty(),
    )
    options = source.parsed(confirmed=as_proposed)
    look = (lambda conn, staged: previews.append(previewed(conn, staged))) if maps else None
    with open_store(settings) as store:
        report = _asking(store, settings, asked, options, look)
        if report.added and not (report.dry_run or report.refused_whole):
            bring_up_to_date(store)
    for target in maps:
        target.write(preview_file(report, previews[0], language()).encode())
    if as_json:
        print_json(report.document())
    else:
        _print_report(report)
    if report.refused_whole:
        raise typer.Exit(1)


def _asking(
    store: Store, settings: Settings, asked: _Asked, options: SourceOptions, look: Look | None
) -> ImportReport:
    """Import a file, asking for ambiguous notation at a terminal."""
    try:
        return _import(store, settings, asked, options, look)
    except ToConfirm as question:
        if asked.as_json or not _agrees([item.text for item in question.findings]):
            raise
        return _asking(store, settings, asked, replace(options, confirmed=True), look)
    except CountsToConfirm as question:
        rows = [row.document() for row in question.found.rows]
        if not _agrees([messages.bad_row(words(), row) for row in rows]):
            raise
        return _import(store, settings, replace(asked, counts_confirmed=True), options, look)


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
            mapping=None if asked.mapping is None else saved_mappings.get(conn, asked.mapping),
            parent=asked.parent,
            options=options,
            rejects=asked.rejects,
            limit_bytes=settings.file_limit_mb * 1_000_000,
            first_day=settings.first_day,
            plausible_heads=settings.plausible_heads,
            counts_confirmed=asked.counts_confirmed,
            dry_run=asked.dry_run,
            look=look,
            progress=lambda told: bar.update(task, completed=told.bytes_read or None),
        )


def _agrees(texts: Sequence[str]) -> bool:
    """Ask whether a file's values are right, at a terminal."""
    if not sys.stdin.isatty():
        return False
    for text in texts:
        remarks.print(words().retold(text), markup=False)
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
    for row in report.doubtful:
        remarks.print(messages.bad_row(words(), row.document()), markup=False)
    if report.doubtful_total:
        remarks.print(messages.doubtful(words(), document), markup=False)
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
