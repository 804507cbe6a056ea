"""Import a file into the store: all rows, or none and every reason why."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused, phrase
from geosites.core.weeks import FIRST_DAY
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings
from geosites.imports import conflicts, doubtful_counts, staging
from geosites.imports.import_outcome import ImportReport
from geosites.imports.import_progress import ImportProgress, ImportStage, Tell
from geosites.imports.import_tally import ImportTally
from geosites.imports.mapping import ColumnMapping
from geosites.imports.open_file import BlockReading, ImportRequest, read_blocks
from geosites.imports.record_rows import ImportTarget, target
from geosites.imports.rejected_rows import Refusals
from geosites.imports.rejects_file import write as write_rejects
from geosites.imports.source_options import Recognition, SourceOptions
from geosites.validation import (
    SHOWN,
    ColumnPlan,
    Context,
    FileKind,
    ParsedBlock,
    WatchedTerritories,
    read,
)

LIMIT_BYTES = 2_000_000_000
"""Default size limit of a file on the command line."""

MOST_REJECTS = 1_000_000
"""Number of bad rows that are kept with their reasons for a rejects file."""

MOST_BAD, MOST_BLANK = 10_000, 1_048_576
"""Number of bad rows, unless more may be left out, and of blank rows, after which reading stops."""

Look = Callable[[sa.Connection, sa.Table], None]


class ToConfirm(Refused):
    """What a file leaves open is proposed, and has not been confirmed yet."""

    def __init__(self, file: str, findings: Sequence[Recognition]) -> None:
        self.findings = tuple(findings)
        said = "; ".join(f"{item.text} ({item.option})" for item in findings)
        super().__init__(
            phrase(
                "%(file)s: to be confirmed with --as-proposed, or by the options named: %(said)s",
                file=file,
                said=said,
            )
        )


def import_file(
    conn: sa.Connection,
    kind: FileKind,
    path: Path,
    *,
    now: dt.datetime,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    mapping: ColumnMapping | None = None,
    parent: Path | None = None,
    options: SourceOptions | None = None,
    rejects: Path | None = None,
    scope: Collection[str] = (),
    limit_bytes: int = LIMIT_BYTES,
    first_day: dt.date = FIRST_DAY,
    plausible_heads: int | None = None,
    counts_confirmed: bool = True,
    dry_run: bool = False,
    look: Look | None = None,
    progress: Tell = lambda _: None,
) -> ImportReport:
    """Add the rows of a file to the store, within the transaction of `conn`.

    `columns` maps names of ours to names of the file's, `constants` names of ours to one value for
    every row; `ignore` lists columns of the file to skip; these and `options` take precedence over
    a `mapping`. Observations before `first_day` are refused. `parent` is the file that rows of this
    one refer to. `rejects` is written with the refused rows. Rows outside the territories of
    `scope` are refused, if it has any. `progress` is called with the progress, and `look` with the
    staged rows. If more rows are refused than may be left out, nothing is added, and the report
    lists them; an unreadable file raises `Refused`, and an ambiguous one `ToConfirm`, unless
    `dry_run` or confirmed. Counts above `plausible_heads` are reported; unless `counts_confirmed`
    or `dry_run` they raise `CountsToConfirm`.
    """
    started = time.perf_counter()
    options = (options or SourceOptions()).or_else(mapping.options if mapping else SourceOptions())
    plan = ColumnPlan(columns or {}, constants or {}, ignore)
    request = ImportRequest(path, kind, plan, mapping, parent, options, limit_bytes)
    if mapping is None and parent is not None:
        raise Refused("rows are joined to those of another file by a mapping that names their keys")
    context = _context(conn, now, first_day)
    goal = target(kind)
    most = options.max_rejects or 0
    tally = ImportTally(Refusals(MOST_REJECTS if rejects or most else SHOWN))
    with conn.begin_nested() as savepoint:
        with request.opened() as opened:
            source, plan = request.shaped(opened)
            reading = read_blocks(source, plan, kind, options)
            findings = [*opened.findings, *reading.recognised.findings]
            unsure = [] if options.confirmed else [item for item in findings if not item.sure]
            if unsure and not dry_run:
                raise ToConfirm(path.name, unsure)
            tally.warn([*source.remarks, *(item.text for item in findings)])
            staging.create(conn, goal)
            _stage(conn, goal, _parsed(reading, kind, context, tally, progress, most), tally)
        tally.warn([*reading.remarks, *tally.remarks()])
        if not tally.rows:
            raise Refused(tally.no_row(opened))
        exercise = _settle_exercise(conn, tally, path.name)
        progress(ImportProgress(stage=ImportStage.CHECKING, rows=tally.rows))
        if scope:
            conflicts.find_outside(conn, goal, tally.refusals, scope)
        doubtful = doubtful_counts.find(conn, goal, plausible_heads)
        if doubtful.total and not (counts_confirmed or dry_run):
            raise doubtful_counts.CountsToConfirm(path.name, doubtful)
        added = _settle(conn, goal, tally, most, progress, dry_run=dry_run)
        oldest = staging.oldest(conn, goal)
        if look is not None:
            look(conn, goal.staged)
        refused = tally.refusals.total
        if dry_run or refused > most:
            savepoint.rollback()
    if rejects is not None:
        write_rejects(rejects, tally.refusals.rows, request.opened)
    return ImportReport(
        file=path.name,
        rows=tally.rows,
        added=added,
        already_there=0 if refused > most else tally.rows - added - refused,
        refused=tally.refusals.rows[:SHOWN],
        refused_total=refused,
        seconds=round(time.perf_counter() - started, 3),
        warnings=tuple(tally.warnings),
        dry_run=dry_run,
        exercise=exercise,
        oldest=oldest,
        left_out=tally.left_out,
        blank=tally.blank,
        at_site=tally.at_site,
        max_rejects=most,
        facts=opened.facts,
        zone=options.clocks.key,
        times=reading.recognised.times,
        decimal_comma=reading.recognised.notation.decimal_comma,
        to_confirm=tuple(unsure),
        doubtful=tuple(doubtful.rows),
        doubtful_total=doubtful.total,
    )


def _context(conn: sa.Connection, now: dt.datetime, first_day: dt.date) -> Context:
    ground = WatchedTerritories.of(territories.frame(conn))
    if not ground.codes:
        raise Refused("the store has no territories; load them first (geosites geo load)")
    return Context(
        now=now,
        ground=ground,
        sites=sites.slugs(conn),
        first_day=first_day,
        perimeters=sites.perimeters(conn),
    )


def _parsed(
    reading: BlockReading,
    kind: FileKind,
    context: Context,
    tally: ImportTally,
    progress: Tell,
    most: int,
) -> Iterator[ParsedBlock]:
    keep, stage = tally.refusals.keep, ImportStage.READING
    for piece, block in reading.blocks:
        tally.see(piece, block)
        if tally.blank > MOST_BLANK:
            raise Refused("the file holds more than %(most)s blank rows", most=MOST_BLANK)
        if tally.refusals.total > max(MOST_BAD, most):
            tally.warn([phrase("more than %(most)s bad rows: not read further", most=MOST_BAD)])
            return
        if len(block):
            yield read(block, kind, context, keep)
        progress(ImportProgress(stage=stage, bytes_read=piece.bytes_read, rows=tally.rows))


def _stage(
    conn: sa.Connection, goal: ImportTarget, readings: Iterator[ParsedBlock], tally: ImportTally
) -> None:
    with staging.writer(conn, goal) as writer:
        for reading in readings:
            writer.write(reading.table)
            tally.add(reading)
    staging.analyse(conn, goal)


def _settle(
    conn: sa.Connection,
    goal: ImportTarget,
    tally: ImportTally,
    most: int,
    progress: Tell,
    *,
    dry_run: bool,
) -> int:
    """Return how many rows were added, or would be; none where too many are refused."""
    staging.name_repeats(conn, goal)
    if tally.named:
        staging.drop_alike(conn, goal)
    conflicts.find(conn, goal, tally.refusals, named=tally.named)
    if tally.refusals.total > most:
        return 0
    if dry_run:
        return staging.new_rows(conn, goal)

    def tell(written: int) -> None:
        stage = ImportStage.WRITING
        progress(ImportProgress(stage=stage, rows=tally.rows, written=written))

    try:
        return staging.add(conn, goal, tell)
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.ExclusionViolation):
            raise Conflict("a closure recorded meanwhile overlaps one of the file") from error
        raise


def _settle_exercise(conn: sa.Connection, tally: ImportTally, name: str) -> bool:
    """Return whether the store holds an exercise with the rows of the file in it, and remember it.

    Raises `Refused` where fictional rows would join real ones.
    """
    if store_flags.is_exercise(conn):
        return True
    if tally.exercise:
        if sightings.count(conn):
            raise Refused("the file is marked as an exercise, and the store holds real sightings")
        store_flags.put(conn, store_flags.EXERCISE, f"imported from {name}")
    return tally.exercise
