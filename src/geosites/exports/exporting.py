"""Export recorded data to a file, in the columns that import accepts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from geosites.core.documents.files import ExportDocument
from geosites.core.errors import GeositesError, Refused
from geosites.core.render_process import apart
from geosites.db.maintenance import store_flags
from geosites.db.publication import changes
from geosites.db.visibility import Sight
from geosites.exports import export_checkpoint as spools
from geosites.exports import formats
from geosites.exports.arrow_columns import Rows
from geosites.exports.export_checkpoint import Checkpoint, Spool
from geosites.exports.exported_columns import OUTGOING, ExportKind, ExportRequest, Outgoing
from geosites.exports.formats import Format
from geosites.exports.metadata import About, about

PAGE_ROWS = 1_000
"""Rows in memory at a time: as objects they take some 3 kB each."""

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """Result of an export, with its instant of knowledge; `resumed`: it continued an interrupted
    one.
    """

    file: str
    rows: int
    exercise: bool
    as_known_at: dt.datetime
    resumed: bool

    def document(self) -> ExportDocument:
        """Return the report as JSON has it."""
        return {
            "file": self.file,
            "rows": self.rows,
            "exercise": self.exercise,
            "as_known_at": self.as_known_at,
            "resumed": self.resumed,
        }


def export_file(
    conn: sa.Connection,
    kind: ExportKind,
    path: Path,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    as_known_at: dt.datetime | None = None,
    sight: Sight | None = None,
    progress: Progress = lambda _: None,
) -> ExportReport:
    """Write all records of a type, from `since` to before `until`, in the format of the file's
    extension.

    Rows of an exercise are marked by a column `exercise`. The file appears once it is complete. An
    interrupted export leaves a folder `FILE.part`; the same call resumes from there, as known at
    the instant at which it began. Raises `Refused` for an unsupported extension, and for a period
    if the type has no time.
    """
    form = formats.format_of(path)
    with spools.beside(path) as spool:
        wish = _wish(kind, since, until, as_known_at, sight or Sight())
        result = spool.checkpoint(wish)
        start = result or _beginning(conn, wish, as_known_at)
        asked = ExportRequest(
            kind=kind,
            since=since,
            until=until,
            as_known_at=dt.datetime.fromisoformat(start.as_known_at),
            sight=sight or Sight(),
        )
        try:
            end = _read(conn, asked, spool, start, form, progress)
            answer = about(asked, end.rows, exercise=end.exercise)
            apart(_write, path, form, spool.folder, end.parts, answer)
        except GeositesError:
            spool.clear()
            raise
        spool.clear()
    return ExportReport(
        file=path.name,
        rows=end.rows,
        exercise=end.exercise,
        as_known_at=asked.as_known_at,
        resumed=result is not None,
    )


def _write(path: Path, form: Format, folder: Path, parts: int, answer: About) -> None:
    """Write the parts in a folder as one file."""
    formats.write(path, form, Spool(folder).reader(parts), answer, folder)


def _wish(
    kind: ExportKind,
    since: dt.datetime | None,
    until: dt.datetime | None,
    as_known_at: dt.datetime | None,
    sight: Sight,
) -> dict[str, object]:
    instants = {"since": since, "until": until, "as_known_at": as_known_at}
    return {
        "kind": str(kind),
        **{name: None if at is None else at.isoformat() for name, at in instants.items()},
        "detail": int(sight.precision),
        "unit": sight.unit,
        "scope": list(sight.scope),
    }


def _beginning(
    conn: sa.Connection, wish: dict[str, object], as_known_at: dt.datetime | None
) -> Checkpoint:
    instant = as_known_at or changes.settled_at(conn)
    return Checkpoint(
        wish=wish, as_known_at=instant.isoformat(), exercise=store_flags.is_exercise(conn)
    )


def _read(
    conn: sa.Connection,
    asked: ExportRequest,
    spool: Spool,
    start: Checkpoint,
    form: Format,
    progress: Progress,
) -> Checkpoint:
    """Read the rows that are not among the parts yet, a page and a part at a time."""
    outgoing, at = OUTGOING[asked.kind], start
    while True:
        rows = conn.execute(outgoing.page(asked, at.last, PAGE_ROWS)).all()
        if rows or not at.parts:
            table = _table(outgoing, rows, exercise=at.exercise)
            at = spool.add(table, at, outgoing.key_of(rows[-1]) if rows else None)
        if form.most_rows is not None and at.rows > form.most_rows:
            raise Refused(
                "a sheet holds %(most_rows)s rows; write .csv or .parquet", most_rows=form.most_rows
            )
        progress(at.rows)
        if len(rows) < PAGE_ROWS:
            return at


def pages(conn: sa.Connection, asked: ExportRequest, *, exercise: bool) -> Iterator[pa.Table]:
    """Yield the requested rows as tables, a page at a time; at least one, possibly empty."""
    outgoing = OUTGOING[asked.kind]
    rows = conn.execute(outgoing.page(asked, None, PAGE_ROWS)).all()
    yield _table(outgoing, rows, exercise=exercise)
    while len(rows) == PAGE_ROWS:
        rows = conn.execute(outgoing.page(asked, outgoing.key_of(rows[-1]), PAGE_ROWS)).all()
        yield _table(outgoing, rows, exercise=exercise)


def _table(outgoing: Outgoing, rows: Rows, *, exercise: bool) -> pa.Table:
    columns = outgoing.columns(rows)
    mark = {"exercise": pa.array([True] * len(rows), pa.bool_())} if exercise else {}
    return pa.table({**columns, **mark})
