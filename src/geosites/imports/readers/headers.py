"""Which row of a table is its header: the first, unless a later one is plainly it.

Tables from offices carry a title and a date above their header. A row that names at least two of
the columns looked for, and more than any row before it, is taken for the header; what stands above
is passed over, and that is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from geosites.core.errors import Refused, phrase
from geosites.imports.readers.tables import MOST_COLUMNS

LOOKED_AT = 20
"""How many rows from the top can be the header."""

FEWEST = 2
"""A header names at least so many of the columns looked for."""


class Header(NamedTuple):
    """The header: which row from the top it is, and its names.

    A column without a name is called `column N`; `unnamed` says where those are, with the first
    value seen below, or nothing.
    """

    row: int
    names: tuple[str, ...]
    unnamed: dict[int, str]


def find(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> Header:
    """Return the header among the first rows of a table; raises `Refused` where there is none."""
    result = [sum(name.strip() in wanted for name in row) for row in rows]
    best = max(result)
    place = result.index(best) if best >= FEWEST else 0
    names = [" ".join(name.split()) for name in rows[place]]
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
        if not name
    }
    for position in unnamed:
        names[position] = unnamed_column(position)
    return Header(place, tuple(names), unnamed)


def unnamed_column(position: int) -> str:
    """Return what a column without a name is called, by its position from 0."""
    return f"column {position + 1}"


def remarks(line: int) -> tuple[str, ...]:
    """Return what is told where the header stands below the first line."""
    if line == 1:
        return ()
    if line == 2:
        return (phrase("line 1 was ignored: the header is on line 2"),)
    return (
        phrase(
            "lines 1 to %(before)s were ignored: the header is on line %(line)s",
            before=line - 1,
            line=line,
        ),
    )
