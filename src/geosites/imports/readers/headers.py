"""Detect the header row of a table: the first, unless a later one clearly is.

Spreadsheets from offices often have a title and a date above their header. A row that names at
least two of the expected columns, and more than any row before it, is taken as the header; the rows
above are skipped and reported. Where no row names any, a title alone in the first row is skipped
too, so that the user can map the columns below it. With merged cells, the names span two rows: both
are the header if together they name more columns than any single row. Case does not matter.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from geosites.core.errors import Refused, phrase
from geosites.imports.readers.tables import MOST_COLUMNS

LOOKED_AT = 20
"""How many rows from the top can be the header."""

FEWEST = 2
"""Minimum number of expected columns in a header."""


_PANDAS = re.compile(r"Unnamed: \d+(?:_level_\d+)?(?:\.\d+)*")
"""What pandas writes where a column has no name."""

_VALUE = re.compile(r"\s*[-+]?\d")
"""How a cell begins that is a value and no name."""

Row = Sequence[str]


class Header(NamedTuple):
    """The header: its row from the top, and its names.

    An unnamed column is called `column N`; `unnamed` has their positions, with the first value
    below, if any. `two_rows`: the row above belongs to it.
    """

    row: int
    names: tuple[str, ...]
    unnamed: dict[int, str]
    two_rows: bool = False


def find(rows: Sequence[Row], wanted: Collection[str]) -> Header:
    """Return the header among the first rows of a table; raises `Refused` where there is none."""
    known = {*wanted, *map(str.casefold, wanted)}
    place, names, two_rows = _likeliest(rows, known)
    names = [" ".join(name.split()) for name in names]
    if not any(names):
        raise Refused("the header cannot be read")
    if len(names) > MOST_COLUMNS:
        raise Refused(
            "the header has %(count)s columns; a table has at most %(most)s",
            count=len(names),
            most=MOST_COLUMNS,
        )
    below = rows[place + 1 :]
    unnamed = {
        position: next(
            (row[position] for row in below if "".join(row[position : position + 1])), ""
        )
        for position, name in enumerate(names)
        if not name or (name not in wanted and _PANDAS.fullmatch(name))
    }
    for position in unnamed:
        names[position] = unnamed_column(position)
    return Header(place, tuple(names), unnamed, two_rows)


def named(rows: Sequence[Row], wanted: Collection[str]) -> int:
    """Return how many of the columns looked for the likeliest header names; -1 without rows."""
    known = {*wanted, *map(str.casefold, wanted)}
    return _count(_likeliest(rows, known)[1], known) if rows else -1


def likeliest(rows: Sequence[Row], wanted: Collection[str]) -> list[str]:
    """Return the cells of the likeliest header of a table that has rows."""
    return _likeliest(rows, {*wanted, *map(str.casefold, wanted)})[1]


def _likeliest(rows: Sequence[Row], known: Collection[str]) -> tuple[int, list[str], bool]:
    """Return which row is the header, its names, and whether the row above belongs to it."""
    counts = [_count(row, known) for row in rows]
    best = max(counts)
    for place, (above, row) in enumerate(pairwise(rows), start=1):
        if _continues(above, row, known):
            joint = _joint(above, row)
            if _count(joint, known) > max(best, FEWEST - 1):
                return place, joint, True
    place = counts.index(best) if best >= FEWEST else _below_title(rows)
    return place, list(rows[place]), False


def _below_title(rows: Sequence[Row]) -> int:
    """Return the header row of a table without expected names.

    It is the first, unless that has a single cell, like a title. Then it is the fullest of the rows
    with words only, above the first with a number, a day or a time.
    """
    if _filled(rows[0]) > 1:
        return 0
    above = list(itertools.takewhile(lambda row: not any(map(_VALUE.match, row)), rows[1:]))
    fullest = max(map(_filled, above), default=0)
    places = [place for place, row in enumerate(above, start=1) if _filled(row) == fullest]
    return places[-1] if fullest >= FEWEST else 0


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _continues(above: Row, row: Row, known: Collection[str]) -> bool:
    """Return whether a row names columns that the row above does not, and has nothing else.

    A data row has values below names.
    """
    both = list(zip_longest(above, row, fillvalue=""))
    return _count(row, known) >= FEWEST and not any(
        low.strip() and up.strip() != low.strip() and _count([up], known) for up, low in both
    )


def _joint(above: Row, row: Row) -> list[str]:
    """Return the names from two rows: the lower one's, unless it is empty."""
    return [low if low.strip() else up for up, low in zip_longest(above, row, fillvalue="")]


def _count(row: Row, known: Collection[str]) -> int:
    return sum(name.strip() in known or name.strip().casefold() in known for name in row)


def unnamed_column(position: int) -> str:
    """Return what a column without a name is called, by its position from 0."""
    return f"column {position + 1}"


def lines(starts: Sequence[int], header: Header) -> tuple[int, int | None]:
    """Return the lines of a header, from the first lines of the top rows."""
    line = starts[header.row]
    return (starts[header.row - 1], line) if header.two_rows else (line, None)


def remarks(line: int, last: int | None = None) -> tuple[str, ...]:
    """Return the notice on a header below the first line, or on two lines.

    `line`: its first one; `last`: its second, if it has two.
    """
    both = (
        ()
        if last is None
        else (phrase("the header is on lines %(line)s and %(last)s", line=line, last=last),)
    )
    if line == 1:
        return both
    if line == 2:
        return (phrase("line 1 was ignored: the header is on line 2"), *both)
    return (
        phrase(
            "lines 1 to %(before)s were ignored: the header is on line %(line)s",
            before=line - 1,
            line=line,
        ),
        *both,
    )
