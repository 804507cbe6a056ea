"""A table of a page or a file: its cells, columns and rows, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell: text, perhaps where it leads, the symbol of a closure status, a remark below."""

    text: str
    href: str | None = None
    shape: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class TableColumn:
    """A column: its heading, whether it holds numbers, whether a narrow screen can do without."""

    label: str
    numeric: bool = False
    minor: bool = False


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names the row. A `folded` one opens when asked."""

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    note: str | None = None
    folded: bool = False
