"""What a bulletin is laid out as: sections of sentences, lists, tables and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.presentation.tables.summary_tables import Table


@dataclass(frozen=True, kw_only=True)
class Subsection:
    """Sentences under a heading of their own inside a section."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it, in this order; `picture`: the map comes first.

    `alerts` are lines that need a person; `items` are the entries of a list.
    """

    key: str
    title: str
    alerts: Sequence[str] = ()
    lines: Sequence[str] = ()
    items: Sequence[str] = ()
    tables: Sequence[Table] = ()
    parts: Sequence[Subsection] = ()
    picture: bool = False
