"""Journal anchors kept outside the database: a file of lines, and the Merkle log.

Whoever tampers with the journal afterwards would have to change these as well, and every bulletin
issued since.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from geosites.core.errors import GeositesError
from geosites.db import journal, journal_entries
from geosites.db.postgres.connection import Store
from geosites.journal.anchor_lines import JournalAnchor, parse_anchor
from geosites.journal.append_only_files import append_line, read_lines
from geosites.journal.log import JournalLog
from geosites.journal.timestamps import TimestampAuthority, stamp
from geosites.journal.witnesses import KnownWitness, ask_all

EVERY_S = 3600.0
EVERY_ENTRIES = 500
"""Entries after which an anchor is taken, however short ago the last one was."""
LOOK_S = 15.0
"""How often it is looked how many entries there are."""
_log = structlog.get_logger("geosites")


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Parts of the journal outside the database: anchors, the log, witnesses, time-stamps."""

    file: Path
    log: JournalLog
    witnesses: Sequence[KnownWitness] = ()
    authority: TimestampAuthority | None = None

    @classmethod
    def of(
        cls,
        home: Path,
        origin: str | None = None,
        witnesses: Sequence[KnownWitness] = (),
        authority: TimestampAuthority | None = None,
    ) -> Outside:
        """Return those parts in a home folder; `origin` names a new log."""
        log = JournalLog(home / "journal" / "log", origin)
        file = anchors_file(home)
        return cls(file=file, log=log, witnesses=witnesses, authority=authority)


def anchors_file(home: Path) -> Path:
    """Return the path of the anchors of a home."""
    return home / "journal" / "anchors.txt"


def kept(file: Path) -> list[JournalAnchor]:
    """Return the anchors of a file, in their order; none where there is no file.

    Raises `Refused` for a line that is none.
    """
    return [parse_anchor(line) for line in read_lines(file)]


def take(store: Store, file: Path) -> str:
    """Take an anchor, note that, add it to the file once all of it is on disk, and return it.

    Raises `Refused` where the file cannot be written.
    """
    with store.begin() as conn:
        journal.communicated(conn, "anchor", (), "anchors file")
        line = journal_entries.anchor(conn)
    append_line(file, line)
    return line


def extend(store: Store, outside: Outside) -> str:
    """Make an anchor, add new entries to the log, have it cosigned and stamped; return the anchor.

    Raises `Refused` if something cannot be written, or the log does not match the journal.
    """
    line = take(store, outside.file)
    outside.log.extend(store)
    ask_all(outside.log, outside.witnesses)
    if outside.authority is not None:
        stamp(outside.log, outside.authority)
    return line


def take_regularly(
    store: Store, outside: Outside, stop: threading.Event, every_s: float = EVERY_S
) -> None:
    """Make anchors regularly until stopped, and log each; a failure is logged too.

    An anchor is due after `every_s`, and after `EVERY_ENTRIES`, since entries cut off after the
    last anchor would go unnoticed.
    """
    due = 0.0
    while True:
        try:
            if time.monotonic() >= due or entries_since(store, outside.file) >= EVERY_ENTRIES:
                _log.info("journal anchored", anchor=extend(store, outside))
                due = time.monotonic() + every_s
        except (GeositesError, OSError) as error:
            _log.warning("journal not anchored", why=type(error).__name__)
            due = time.monotonic() + every_s
        if stop.wait(min(every_s, LOOK_S)):
            return


def entries_since(store: Store, file: Path) -> int:
    """Return how many entries were made since the last anchor of a file, or at all."""
    with store.begin() as conn:
        made = sum(mark.seq for mark in journal_entries.heads(conn))
    known = kept(file)
    return made - (sum(known[-1].numbers) if known else 0)
