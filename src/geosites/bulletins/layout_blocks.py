"""Layout model of a bulletin: sections of sentences, lists, tables and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.bulletins.serialization import Content
from geosites.core.weeks import IsoWeek
from geosites.presentation.tables.table import Table

MOST_LETTERS = 70
"""From this length on the middle of a name is left out where it must not fill lines."""

_LAST_LETTERS = 24


def shortened(name: str) -> str:
    """Return a name, shortened in the middle if very long, since its ends are distinctive."""
    if len(name) <= MOST_LETTERS:
        return name
    first = MOST_LETTERS - _LAST_LETTERS - 1
    return f"{name[:first]}…{name[-_LAST_LETTERS:]}"


def under_way(content: Content) -> bool:
    """Return whether a bulletin was made before its week was over."""
    return content["closures"]["as_of"] < IsoWeek.parse(content["week"]).end


@dataclass(frozen=True, kw_only=True)
class Subsection:
    """Sentences under a heading of their own inside a section."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and its content, in this order; `picture`: the map comes first.

    `alerts` are lines that need attention; `items` are the entries of a list.
    """

    key: str
    title: str
    alerts: Sequence[str] = ()
    lines: Sequence[str] = ()
    items: Sequence[str] = ()
    tables: Sequence[Table] = ()
    parts: Sequence[Subsection] = ()
    picture: bool = False
