"""`geosites import` and `geosites export`: whole files in, whole files out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from geosites import services
from geosites.cli.map_files import targets
from geosites.cli.mappings import Pairs, pairs_of
from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.db.postgres.connection import Store
from geosites.exports import FORMATS, ExportKind, export_file
from geosites.exports.qgis_project import SiteStatus, export_project
from geosites.imports import ImportReport, import_file
from geosites.imports import mapping as mappings
from geosites.imports.importing import Look
from geosites.imports.readers.by_extension import ENDINGS
from geosites.maps.import_preview import Preview, preview_file, previewed
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.labels import closure_status
from geosites.presentation.text import file_text as told
from geosites.settings import Settings
from geosites.validation import FileKind

_LANGUAGE = Language.FRENCH
_OLD = dt.timedelta(days=90)


@dataclass(frozen=True)
class Said:
    """What was said of the columns of one file."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    ignore: tuple[str, ...]


def import_(
    kind: Annotated[FileKind, typer.Argument(help="What the rows are.")],
    file: Annotated[Path, typer.Argument(help=f"By its ending: {' '.join(ENDINGS)}.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen.")] = False,
    column: Annotated[Pairs | None, typer.Option(help="NAME=THEIRS: their name of ours.")] = None,
    value: Annotated[Pairs | None, typer.Option(help="NAME=CONSTANT for every row.")] = None,
    ignore: Annotated[Pairs | None, typer.Option(help="A column of theirs to pass over.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A saved mapping, or odk, kobo.")] = None,
    parent: Annotated[Path | None, typer.Option(help="The file that its rows refer to.")] = None,
    preview: Annotated[
        Path | None, typer.Option("--map", help="With --dry-run: where the rows lie, .html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add the rows of a file: all of them, or none and every reason why."""
    if preview is not None and not dry_run:
        raise typer.BadParameter(say("--map goes with --dry-run"))
    settings, wanted = Settings(), targets({"--map": (preview, ("html",))})
    seen: list[Preview] = []
    with open_store(settings) as store:
        report = _import(
            store,
            settings,
            kind,
            file,
            Said(pairs_of("--column", column), pairs_of("--value", value), tuple(ignore or ())),
            mapping=mapping,
            parent=parent,
            dry_run=dry_run,
            look=(lambda conn, staged: seen.append(previewed(conn, staged))) if wanted else None,
        )
    for target in wanted:
        target.write(preview_file(report, seen[0], _LANGUAGE).encode())
    if as_json:
        print_json(report.document())
    else:
        _say(Words(settings.language), report)
    if report.refused_total:
        raise typer.Exit(1)


class Exported(StrEnum):
    """What can be written out: rows of a kind, or all of them as a project for QGIS."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    SITES = "sites"
    PROJECT = "project"


def export(
    kind: Annotated[Exported, typer.Argument(help="What to write; project: a map for QGIS.")],
    file: Annotated[Path, typer.Argument(help=f"By its ending: {' '.join(FORMATS)}.")],
    since: Annotated[str | None, typer.Option(help="From this instant on.")] = None,
    until: Annotated[str | None, typer.Option(help="To before this instant.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known then.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what is recorded to a file, in the columns that import takes.

    Broken off, it goes on where it stopped when it is asked for again.
    """
    times = (since, until, as_known_at)
    start, end, known_at = (parse_instant(text) if text else None for text in times)
    settings = Settings()
    words, name = Words(settings.language), file.name
    if kind is Exported.PROJECT:
        _project(settings, words, file, as_json=as_json)
        return
    with open_store(settings) as store, store.begin() as conn, _counted(words, name) as progress:
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
    answers.print(told.exported(words, report.document()), markup=False)


def _project(settings: Settings, words: Words, file: Path, *, as_json: bool) -> None:
    """Write a project for QGIS with the closures as they stand now."""
    now = dt.datetime.now(dt.UTC)
    with open_store(settings) as store, store.begin() as conn:
        statuses = [
            SiteStatus(
                site=one.site.slug,
                name=one.site.name,
                status=one.document()["status"],
                word=closure_status(words, one.document()["status"]).word,
                perimeter=one.site.perimeter,
            )
            for one in services.board(conn, now)
        ]
        report = export_project(conn, file, statuses)
    if as_json:
        print_json(asdict(report))
        return
    total = {"file": report.file, "rows": sum(report.rows.values()), "exercise": report.exercise}
    answers.print(told.exported(words, {**total, "resumed": False}), markup=False)


@contextmanager
def _counted(words: Words, name: str) -> Iterator[Callable[[int], None]]:
    """Show how many rows were read; say what to do where that is broken off."""
    shown = (TextColumn("{task.description}: {task.completed:.0f} rows"), TimeElapsedColumn())
    try:
        with Progress(*shown, console=remarks, transient=True) as bar:
            task = bar.add_task(name, total=None)
            yield lambda count: bar.update(task, completed=count)
    except KeyboardInterrupt:
        remarks.print(told.broken_off(words, name), markup=False)
        raise


def _import(
    store: Store,
    settings: Settings,
    kind: FileKind,
    file: Path,
    said: Said,
    *,
    mapping: str | None,
    parent: Path | None,
    dry_run: bool,
    look: Look | None,
) -> ImportReport:
    shown = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*shown, console=remarks, transient=True) as bar, store.begin() as conn:
        task = bar.add_task(file.name, total=_size(file))
        return import_file(
            conn,
            kind,
            file,
            now=dt.datetime.now(dt.UTC),
            columns=said.columns,
            constants=said.constants,
            ignore=said.ignore,
            mapping=None if mapping is None else mappings.get(conn, mapping),
            parent=parent,
            limit_bytes=settings.file_limit_mb * 1_000_000,
            dry_run=dry_run,
            **({} if look is None else {"look": look}),
            progress=lambda count: bar.update(task, completed=count),
        )


def _size(file: Path) -> int | None:
    """Return how many bytes there are to read; unknown for a compressed or a missing file."""
    return file.stat().st_size if file.is_file() and file.suffix != ".gz" else None


def _say(words: Words, report: ImportReport) -> None:
    document = report.document()
    for warning in report.warnings:
        remarks.print(words.retold(warning), markup=False)
    for row in document["refused"]:
        remarks.print(told.bad_row(words, row), markup=False)
    if report.refused_total:
        remarks.print(told.refused(words, document), markup=False)
        return
    if report.oldest is not None and dt.datetime.now(dt.UTC) - report.oldest > _OLD:
        remarks.print(told.old_rows(words, report.file, report.oldest), markup=False)
    answers.print(told.imported(words, document), markup=False)
