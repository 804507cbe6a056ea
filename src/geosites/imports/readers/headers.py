"""Which row of a table is its header: the first, unless a later one is plainly it.

Tables from offices carry a title and a date above their header. A row that names at least two of
the columns looked for, and more than any row before it, is taken for the header; what stands above
is passed over, and that is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from geosites.core.errors import Refused, phrase

LOOKED_AT = 20
"""How many rows from the top can be the header."""

_FEWEST = 2


class Header(NamedTuple):
    """The header: which row from the top it is, and its names."""

    row: int
    names: tuple[str, ...]


def find(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> Header:
    """Return the header among the first rows of a table.

    Raises `Refused` where a column of it has no name.
    """
    result = [sum(name.strip() in wanted for name in row) for row in rows]
    best = max(result)
    place = result.index(best) if best >= _FEWEST else 0
    names = tuple(name.strip() for name in rows[place])
    if not names:
        raise Refused("the header cannot be read")
    for position, name in enumerate(names, start=1):
        if not name:
            raise Refused("column %(position)s of the header has no name", position=position)
    return Header(place, names)


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
