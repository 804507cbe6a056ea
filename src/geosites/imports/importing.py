"""A file into the store: all of it, or nothing and every reason why."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pyarrow as pa
import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused
from geosites.db import sightings, sites, store_flags, territories
from geosites.imports import conflicts, staging
from geosites.imports.apply_mapping import Parents, mapped
from geosites.imports.mapping import ColumnMapping
from geosites.imports.outcome import ImportReport
from geosites.imports.readers.by_extension import open_source
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.rejections import Refusals
from geosites.imports.rows import ImportTarget, target
from geosites.validation import (
    COLUMNS,
    SHOWN,
    Block,
    ColumnPlan,
    Context,
    FileKind,
    ParsedBlock,
    WatchedTerritories,
    read,
)
from geosites.validation.context import FIRST_DAY

LIMIT_BYTES = 2_000_000_000
"""How much of a file is read on the command line, unless a setting says otherwise."""

Progress = Callable[[int], None]
Look = Callable[[sa.Connection, sa.Table], None]


@dataclass
class _Tally:
    """What the blocks of a file amount to."""

    rows: int = 0
    refusals: Refusals = field(default_factory=Refusals)
    warnings: list[str] = field(default_factory=list)
    exercise: bool = False
    named: bool = False

    def add(self, reading: ParsedBlock) -> None:
        """Take one more block into account."""
        self.refusals.add(reading.bad, reading.bad_total)
        self.warnings.extend(reading.warnings[: SHOWN - len(self.warnings)])
        self.exercise |= reading.exercise
        self.named |= reading.named


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
    limit_bytes: int = LIMIT_BYTES,
    first_day: dt.date = FIRST_DAY,
    dry_run: bool = False,
    look: Look = lambda _conn, _staged: None,
    progress: Progress = lambda _: None,
) -> ImportReport:
    """Add the rows of a file to the store, within the transaction of `conn`.

    `columns` maps names of ours to names of the file's, `constants` names of ours to one value for
    every row; `ignore` lists columns of the file to pass over; all three go before what a `mapping`
    says. Observations before `first_day` are refused. `parent` is the file that rows of this one
    refer to. `progress` is told how many bytes were read, and `look` may see the staged rows. Where
    rows are refused nothing is added, and the report lists them; a file that cannot be read at all
    raises `Refused`.
    """
    started = time.perf_counter()
    plan = ColumnPlan(columns or {}, constants or {}, ignore)
    wanted = {*COLUMNS[kind], *plan.renamed.values(), *plan.ignored}
    if mapping is not None:
        mapping = mapping.with_more(plan.renamed, plan.constants, plan.ignored)
        plan, wanted = ColumnPlan(constants=mapping.constants), wanted | mapping.wanted()
    elif parent is not None:
        raise Refused("rows are joined to those of another file by a mapping that names their keys")
    context = _context(conn, now, first_day)
    goal = target(kind)
    tally = _Tally()
    with conn.begin_nested() as savepoint:
        with open_source(path, kind, limit_bytes, wanted) as opened:
            source = _seen(opened, mapping, kind, parent, limit_bytes)
            tally.warnings.extend(source.remarks)
            blocks = _blocks(source, plan, kind, tally, progress)
            staging.create(conn, goal)
            _stage(conn, goal, (read(block, kind, context) for block in blocks), tally)
        if not tally.rows:
            raise Refused("the file has a header and no row")
        exercise = _settle_exercise(conn, tally, path.name)
        added = _settle(conn, goal, tally, dry_run=dry_run)
        oldest = staging.oldest(conn, goal)
        look(conn, goal.staged)
        if dry_run or tally.refusals.total:
            savepoint.rollback()
    return ImportReport(
        file=path.name,
        rows=tally.rows,
        added=added,
        already_there=0 if tally.refusals.total else tally.rows - added,
        refused=tally.refusals.rows,
        refused_total=tally.refusals.total,
        seconds=round(time.perf_counter() - started, 3),
        warnings=tuple(tally.warnings),
        dry_run=dry_run,
        exercise=exercise,
        oldest=oldest,
    )


def _seen(
    source: OpenTable,
    mapping: ColumnMapping | None,
    kind: FileKind,
    parent: Path | None,
    limit_bytes: int,
) -> OpenTable:
    """Return a source as its mapping has it, joined to the rows of its parent file if any."""
    if mapping is None:
        return source
    if parent is None:
        return mapped(source, mapping, kind)
    with open_source(parent, kind, limit_bytes, mapping.wanted()) as opened:
        parents = Parents.of(opened, mapping)
    return mapped(source, mapping, kind, parents)


def _context(conn: sa.Connection, now: dt.datetime, first_day: dt.date) -> Context:
    ground = WatchedTerritories.of(territories.frame(conn))
    if not ground.codes:
        raise Refused("the store has no territories; load them first (geosites geo load)")
    return Context(now=now, ground=ground, sites=sites.slugs(conn), first_day=first_day)


def _blocks(
    source: OpenTable, plan: ColumnPlan, kind: FileKind, tally: _Tally, progress: Progress
) -> Iterator[Block]:
    positions = plan.resolve(kind, source.header)
    for piece in source.pieces(list(positions.values())):
        tally.rows += len(piece.lines) + piece.bad_total
        tally.refusals.add(piece.bad, piece.bad_total)
        if len(piece.lines):
            yield _block(piece, list(positions), plan.constants)
        progress(piece.bytes_read)


def _block(piece: Piece, names: list[str], constants: Mapping[str, str]) -> Block:
    given = dict(zip(names, piece.columns, strict=True))
    filled = {name: pa.repeat(value, len(piece.lines)) for name, value in constants.items()}
    return Block({**given, **filled}, piece.lines)


def _stage(
    conn: sa.Connection, goal: ImportTarget, readings: Iterator[ParsedBlock], tally: _Tally
) -> None:
    with staging.writer(conn, goal) as writer:
        for reading in readings:
            writer.write(reading.table)
            tally.add(reading)
    staging.analyse(conn, goal)


def _settle(conn: sa.Connection, goal: ImportTarget, tally: _Tally, *, dry_run: bool) -> int:
    """Return how many rows were added, or would be; none where a row is refused."""
    staging.name_repeats(conn, goal)
    if tally.named:
        staging.drop_alike(conn, goal)
    conflicts.find(conn, goal, tally.refusals, named=tally.named)
    if tally.refusals.total:
        return 0
    if dry_run:
        return staging.new_rows(conn, goal)
    try:
        return staging.add(conn, goal)
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.ExclusionViolation):
            raise Conflict("a closure recorded meanwhile overlaps one of the file") from error
        raise


def _settle_exercise(conn: sa.Connection, tally: _Tally, name: str) -> bool:
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
