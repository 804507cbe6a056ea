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
    """What was recognised of a file and could mean something else; the option that says it."""

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
    """What was added of a file; `refused` holds the first bad rows, `refused_total` counts all.

    `left_out`: rows left out on purpose; `blank`: rows without a value; `at_site`: rows placed at
    the perimeter of their site. `doubtful`: the first of the new rows that count more people than
    is likely, which are taken all the same.
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
    """What came of one import through the browser; instants in ISO 8601.

    `key` names it; its rows, `together` where those are not all that were added, are known from
    `since` on. `taken_back`: from when they count nowhere, empty where they count again.
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
    """What was written to a file; `resumed`: one that was broken off went on."""

    file: str
    rows: int
    exercise: bool
    resumed: bool


class ExportDocument(WrittenFile):
    """What was written to a file, as known when."""

    as_known_at: dt.datetime
