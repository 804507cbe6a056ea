"""Service status and journal documents."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict


class ReadyDocument(TypedDict):
    """The store answers, is up to date and has this number of territories."""

    ready: bool
    territories: int


class ManyReferences(TypedDict):
    """Summary of many references: their number, first, last and digest."""

    count: NotRequired[int | None]
    first: NotRequired[str | None]
    last: NotRequired[str | None]
    sha256: NotRequired[str | None]


class JournalEntry(TypedDict):
    """One entry of the journal; `hash` seals it and all entries of its chain before it."""

    chain: int
    seq: int
    at: dt.datetime
    kind: str
    actor: str
    role: str | None
    unit: str | None
    channel: str | None
    motive: str | None
    what: str
    refs: list[str] | ManyReferences
    recipient: str | None
    hash: str


class JournalDocument(TypedDict):
    """Entries, the newest first; `next` is the `before` of the page that follows."""

    entries: list[JournalEntry]
    next: dt.datetime | None
