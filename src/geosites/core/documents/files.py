"""What came of taking a file in or writing one."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class RefusedRow(TypedDict):
    """One reason why one row of a file is refused; `line` counts from 1, the header included."""

    line: int
    column: str
    value: str
    reason: str


class ImportDocument(TypedDict):
    """What was added of a file; `refused` holds the first bad rows, `refused_total` counts all."""

    file: str
    rows: int
    added: int
    already_there: int
    refused: list[RefusedRow]
    refused_total: int
    seconds: float
    warnings: list[str]
    dry_run: bool
    exercise: bool
    oldest: dt.datetime | None


class WrittenFile(TypedDict):
    """What was written to a file; `resumed`: one that was broken off went on."""

    file: str
    rows: int
    exercise: bool
    resumed: bool


class ExportDocument(WrittenFile):
    """What was written to a file, as known when."""

    as_known_at: dt.datetime
