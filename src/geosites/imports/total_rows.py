"""Detect total rows in a table, which sum up other rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from geosites.imports.notation_detection import TIMES
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.repeated_headers import PLACES
from geosites.validation import Block, FileKind
from geosites.validation.table_columns.text_columns import Mask, filled, matches

_LABELS = 3
"""Number of first columns in which a label of totals is searched, if not in those used."""

_WORDS = (
    r"(?:sous|sub|grand)?[- ]?total(?:e|es|i|en)?|totaux|totaal|sommes?|sum|suma|soma"
    r"|(?:zwischen)?summen?|gesamt(?:summe|zahl)?|insgesamt"
)
_BEGINS = rf"(?i)^\W*(?:(?:{_WORDS})\b|(?:ensemble|zusammen|Σ)\W*$)"
_WHOLE = rf"(?i)^\W*(?:{_WORDS}|ensemble|zusammen|Σ)\W*$"


def says_total(column: pa.Array, *, alone: bool = False) -> Mask:
    """Return which texts begin with a label of totals; `alone`: and contain nothing else."""
    return matches(column, _WHOLE if alone else _BEGINS)


def labelled(source: OpenTable) -> OpenTable:
    """Return a source whose blocks mark the rows in which one of the first columns is `Total`."""
    first = range(min(_LABELS, len(source.header)))

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        asked = [*wanted, *(place for place in first if place not in wanted)]
        for piece in source.pieces(asked):
            found = np.zeros(len(piece.lines), dtype=bool)
            for place in first:
                found |= says_total(piece.columns[asked.index(place)])
            yield replace(piece, columns=piece.columns[: len(wanted)]).labelled_also(found)

    return replace(source, pieces=pieces)


def totals(block: Block, names: Sequence[str], beside: Mask | None, kind: FileKind) -> Mask:
    """Return which rows of a block are totals; `beside`: those labelled in a skipped column.

    Such a row has the label in place of a time, or has neither time nor location. A row with a time
    is a daily total if its label is just `Total` and it has no location.
    """
    labels = {name: says_total(block.column(name)) for name in names}
    said: Mask = np.logical_or.reduce(
        [*labels.values(), _none(block) if beside is None else beside]
    )
    if not said.any():
        return said
    alone = np.logical_or.reduce([says_total(block.column(name), alone=True) for name in names])
    instead = np.logical_or.reduce([labels.get(name, _none(block)) for name in TIMES[kind]])
    when = _says(block, TIMES[kind], labels)
    placed = _says(block, PLACES, labels)
    where = placed | _says(block, ("site",), labels)
    totals: Mask = said & ~when & (instead | ~placed) | alone & ~where
    return totals


def _says(block: Block, names: Collection[str], labels: Mapping[str, Mask]) -> Mask:
    """Return which rows have values in some columns, other than a label of totals."""
    said = [filled(block.column(name)) & ~labels.get(name, _none(block)) for name in names]
    found: Mask = np.logical_or.reduce(said)
    return found


def _none(block: Block) -> Mask:
    return np.zeros(len(block), dtype=bool)
