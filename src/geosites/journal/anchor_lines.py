"""Anchors of the journal as the lines in which they are written down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from geosites.core.errors import Refused
from geosites.db.journal_entries import ANCHOR_TAG
from geosites.db.schema.journal import CHAINS


@dataclass(frozen=True, kw_only=True)
class JournalAnchor:
    """A line that was taken down outside the database: the whole journal as it stood."""

    line: str
    instant: dt.datetime
    numbers: tuple[int, ...]


def parse_anchor(line: str) -> JournalAnchor:
    """Return the anchor that a line holds, or raise `Refused`."""
    try:
        tag, instant, numbers, _ = line.split(" ")
        parsed = JournalAnchor(
            line=line,
            instant=dt.datetime.fromisoformat(instant),
            numbers=tuple(int(number) for number in numbers.split("-")),
        )
    except ValueError:
        raise Refused("not an anchor of the journal: %(line)r", line=line[:80]) from None
    if tag != ANCHOR_TAG or len(parsed.numbers) != CHAINS or parsed.instant.tzinfo is None:
        raise Refused("not an anchor of this journal: %(line)r", line=line[:80])
    return parsed
