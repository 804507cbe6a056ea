"""Results of file imports and exports."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict


class RefusedRow(TypedDict):
    """Why one row of a file is refused or doubted; `line` counts from 1, the header included."""

    line: int
    column: str
    value: str
    reason: str


class ProposedOption(TypedDict):
    """An ambiguous property of a file, and the option that sets it."""

    text: str
    option: str


class RecognisedFile(TypedDict, total=False):
    """How a file was read; which keys there are depends on its format."""

    format: str
    encoding: str
    delimiter: str
    sheet: str
    layer: str
    reference: str
    zone: str
    times: dict[str, list[str]]
    decimal_comma: bool


class ImportDocument(TypedDict):
    """What was added from a file; `refused` has the first bad rows, `refused_total` counts all.

    `left_out`: rows left out on purpose; `blank`: rows without a value; `at_site`: rows placed at
    the perimeter of their site. `doubtful`: the first new rows with implausible counts, which are
    imported nevertheless.
    """

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
    left_out: int
    blank: int
    at_site: int
    recognised: RecognisedFile
    to_confirm: list[ProposedOption]
    doubtful: list[RefusedRow]
    doubtful_total: int


class KeptImport(TypedDict):
    """Result of an import in the browser; instants in ISO 8601.

    `key` identifies it; its rows, `together` if those are not all that were added, are known from
    `since` on. `taken_back`: since when it is undone, empty if it was redone.
    """

    at: str
    login: str
    kind: str
    file: str
    rows: int
    added: int
    already_there: int
    refused_total: int
    left_out: int
    key: NotRequired[str]
    since: NotRequired[str]
    together: NotRequired[int]
    taken_back: NotRequired[str]


class WrittenFile(TypedDict):
    """Result of an export; `resumed`: it continued an interrupted one."""

    file: str
    rows: int
    exercise: bool
    resumed: bool


class ExportDocument(WrittenFile):
    """Result of an export, with its instant of knowledge."""

    as_known_at: dt.datetime
