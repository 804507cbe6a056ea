"""`geosites import` and `geosites export`: whole files in, whole files out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from geosites.cli.map_files import targets
from geosites.cli.mappings import Pairs, pairs_of
from geosites.cli.opening import open_store
from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks
from geosites.intake import FORMATS, ExportKind, ImportReport, export_file, import_file
from geosites.intake import mapping as mappings
from geosites.intake.importing import Look
from geosites.intake.preview import Preview, preview_file, previewed
from geosites.render.language import Language
from geosites.reports import FileKind
from geosites.settings import Settings
from geosites.store.connection import Store

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
    file: Annotated[Path, typer.Argument(help="csv (also .gz), xlsx, geojson, gpkg, parquet.")],
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
        raise typer.BadParameter("--map goes with --dry-run")
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
        _say(report)
    if report.refused_total:
        raise typer.Exit(1)


def export(
    kind: Annotated[ExportKind, typer.Argument(help="What to write.")],
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
    with open_store(Settings()) as store, store.begin() as conn, _counted(file.name) as progress:
        report = export_file(
            conn, kind, file, since=start, until=end, as_known_at=known_at, progress=progress
        )
    if as_json:
        print_json(report.document())
        return
    note = " (an exercise: fictional)" if report.exercise else ""
    went_on = ", gone on with where it had stopped" if report.resumed else ""
    answers.print(f"{report.file}: {report.rows} rows{note}{went_on}", markup=False)


@contextmanager
def _counted(name: str) -> Iterator[Callable[[int], None]]:
    """Show how many rows were read; say what to do where that is broken off."""
    shown = (TextColumn("{task.description}: {task.completed:.0f} rows"), TimeElapsedColumn())
    try:
        with Progress(*shown, console=remarks, transient=True) as bar:
            task = bar.add_task(name, total=None)
            yield lambda count: bar.update(task, completed=count)
    except KeyboardInterrupt:
        remarks.print(f"{name}: broken off; the same command goes on from here", markup=False)
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


def _say(report: ImportReport) -> None:
    for warning in report.warnings:
        remarks.print(warning, markup=False)
    for row in report.refused:
        place = f"line {row.line}, {row.column}"
        remarks.print(f"{place}: {row.value!r}: {row.reason}", markup=False)
    if report.refused_total:
        shown = len(report.refused)
        more = f", the first {shown} above" if report.refused_total > shown else ""
        remarks.print(
            f"{report.file}: refused whole, nothing was written: "
            f"{report.refused_total} bad row(s){more}",
            markup=False,
        )
        return
    if report.oldest is not None and dt.datetime.now(dt.UTC) - report.oldest > _OLD:
        remarks.print(
            f"{report.file}: the oldest row is of {report.oldest:%Y-%m-%d}; what is added is known "
            "from now on, and answers as known before stay as they were",
            markup=False,
        )
    verb = "would be added" if report.dry_run else "added"
    answers.print(
        f"{report.file}: {report.rows} rows, {report.added} {verb}, "
        f"{report.already_there} already there, {report.seconds:.1f} s",
        markup=False,
    )
