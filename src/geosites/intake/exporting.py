"""The store into a file: what is recorded now, in the columns that import takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from geosites.intake.outgoing import OUTGOING, ExportKind, Outgoing, Rows
from geosites.intake.writing import open_target
from geosites.store import marks

_BATCH = 10_000


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """What was written."""

    file: str
    rows: int
    exercise: bool

    def document(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return asdict(self)


def export_file(
    conn: sa.Connection,
    kind: ExportKind,
    path: Path,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> ExportReport:
    """Write what is recorded of one kind, from `since` to before `until`, to a file by its ending.

    Rows of an exercise say so in a column `exercise`. The file appears once it is whole. Raises
    `Refused` for an ending that is not written, and for times where the kind has none.
    """
    exercise = marks.is_exercise(conn)
    outgoing = OUTGOING[kind]
    statement = outgoing.rows(since, until)
    count = 0
    with open_target(path, _table(outgoing, [], exercise=exercise).schema) as write:
        result = conn.execute(statement, execution_options={"yield_per": _BATCH})
        for rows in result.partitions():
            write(_table(outgoing, rows, exercise=exercise))
            count += len(rows)
    return ExportReport(file=path.name, rows=count, exercise=exercise)


def _table(outgoing: Outgoing, rows: Rows, *, exercise: bool) -> Any:
    columns = outgoing.columns(rows)
    mark = {"exercise": pa.array([True] * len(rows), pa.bool_())} if exercise else {}
    return pa.table({**columns, **mark})
