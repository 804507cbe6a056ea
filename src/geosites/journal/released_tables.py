"""Privacy budget spent by public tables, also kept outside the database: a line file.

A store that is restored to an older state no longer knows what was released since. Readers do: what
they were given counts against the budget of its year permanently.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from geosites.core.errors import Refused
from geosites.core.quarters import Quarter
from geosites.db.publication.public_tables import PublicRelease
from geosites.journal.append_only_files import append_line, read_lines


@dataclass(frozen=True, kw_only=True)
class ReleaseLine:
    """A release: its quarter, the budget spent, and its time."""

    quarter: Quarter
    epsilon: Fraction
    released_at: dt.datetime

    @classmethod
    def of(cls, made: PublicRelease) -> ReleaseLine:
        """Return the line of a release."""
        return cls(quarter=made.quarter, epsilon=made.epsilon, released_at=made.released_at)

    def __str__(self) -> str:
        at = self.released_at.astimezone(dt.UTC).isoformat()
        return f"{self.quarter} {self.epsilon} {at}"


def released_file(home: Path) -> Path:
    """Return the path of the releases of a home."""
    return home / "journal" / "public-tables.txt"


def kept(file: Path) -> list[ReleaseLine]:
    """Return the lines of a file, in their order; none where there is no file.

    Raises `Refused` for a line that is none.
    """
    return [_parsed(file, line) for line in read_lines(file)]


def _parsed(file: Path, line: str) -> ReleaseLine:
    try:
        quarter, epsilon, at = line.split()
        spent, released_at = Fraction(epsilon), dt.datetime.fromisoformat(at)
    except (ValueError, ZeroDivisionError) as error:
        raise _unread(file, line) from error
    if spent <= 0 or released_at.tzinfo is None:
        raise _unread(file, line)
    return ReleaseLine(quarter=Quarter.parse(quarter), epsilon=spent, released_at=released_at)


def _unread(file: Path, line: str) -> Refused:
    return Refused(
        "%(file)s: %(line)r is not a release of a public table", file=file, line=line[:60]
    )


def keep(file: Path, made: PublicRelease) -> None:
    """Add a release to the file, and return once it is on disk; raises `Refused` if it cannot."""
    append_line(file, str(ReleaseLine.of(made)))


def forgotten(file: Path, known: Sequence[PublicRelease], year: int) -> list[ReleaseLine]:
    """Return the releases of a year's quarters that are in a file but not in a store."""
    there = {str(ReleaseLine.of(made)) for made in known}
    return [line for line in kept(file) if line.quarter.year == year and str(line) not in there]
