"""Open a file as requested: filtered, joined, mapped, with its notation recognised."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from geosites.core.errors import Refused, phrase
from geosites.imports.apply_mapping import Parents, mapped
from geosites.imports.mapping import ColumnMapping
from geosites.imports.notation_detection import TIMES, Recognised, recognise
from geosites.imports.readers.by_extension import open_source
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.rejects_file import REASONS
from geosites.imports.repeated_headers import (
    PLACES,
    degrees,
    in_small_letters,
    without_numbers,
    without_repeated,
)
from geosites.imports.row_filter import row_filter
from geosites.imports.source_options import ReadOptions, SourceOptions
from geosites.imports.table_reshaping import joined, taken, without_index, without_unnamed
from geosites.imports.total_rows import labelled
from geosites.imports.total_rows import totals as find_totals
from geosites.validation import COLUMNS, Block, ColumnPlan, FileKind
from geosites.validation.source_notation import Notation

_MOST_LOOKED_AT = 32
"""Maximum number of pieces read to determine the order of days and months."""

_MOST_LETTERS = 1000
"""The name of a column is no longer: a question of a survey is."""


@dataclass(frozen=True)
class ImportRequest:
    """A file and its options. `parent` is the file that its rows refer to."""

    path: Path
    kind: FileKind
    plan: ColumnPlan = field(default_factory=ColumnPlan)
    mapping: ColumnMapping | None = None
    parent: Path | None = None
    options: SourceOptions = field(default_factory=SourceOptions)
    limit_bytes: int = 0

    @property
    def ignored(self) -> tuple[str, ...]:
        """Every column to pass over by name."""
        more = self.mapping.ignore if self.mapping else ()
        return (*self.plan.ignored, *more, *REASONS)

    @property
    def theirs(self) -> set[str]:
        """All requested column names of the file."""
        names = {*self.plan.renamed.values()}
        return names | self.mapping.wanted() if self.mapping else names

    @contextmanager
    def opened(self) -> Iterator[OpenTable]:
        """Open the file with its own columns."""
        options = ReadOptions(
            sheet=self.options.sheet,
            layer=self.options.layer,
            encoding=self.options.encoding,
            delimiter=self.options.delimiter,
            ignored=self.ignored,
            placed=self._says_place,
        )
        parts = {part.strip() for name in self.theirs for part in name.split("+")}
        said = {*self.theirs, *parts, *self.ignored}
        wanted = {*COLUMNS[self.kind], *said}
        if self.options.where is not None:
            said |= {*row_filter(self.options.where).columns}
        with open_source(self.path, self.kind, self.limit_bytes, wanted, options) as source:
            _require_names(source.header)
            source = without_repeated(source)
            yield in_small_letters(source, self.kind, said, self._by_itself())

    def _by_itself(self) -> set[str]:
        """Return which columns of ours may differ by case; nothing for all.

        For columns that a mapping ignores, only the indispensable ones: time, place and count.
        """
        if self.mapping is None or not self.mapping.rest:
            return set()
        named = {*self.mapping.columns, *self.mapping.constants, *self.plan.renamed}
        places = () if self.mapping.point or named & PLACES else PLACES
        return {"headcount", *TIMES[self.kind], *places} - named

    def _says_place(self, fields: Sequence[str]) -> bool:
        """Return whether some fields of a layer are requested as locations."""
        if PLACES & {*self.plan.renamed, *self.plan.constants}:
            return True
        if self.mapping is None:
            return False
        named = [self.mapping.columns[name] for name in PLACES & {*self.mapping.columns}]
        every = [*named, self.mapping.point]
        return any(self.mapping.position(names, fields) is not None for names in every)

    def shaped(self, source: OpenTable) -> tuple[OpenTable, ColumnPlan]:
        """Return the file as requested, and the remaining conversions of its columns."""
        parts = {part.strip() for name in self.theirs for part in name.split("+")}
        used = {*COLUMNS[self.kind], *self.theirs, *parts}
        dropped = {source.header[place] for place in source.unnamed}
        source = labelled(source)
        source = without_index(source, used, self.ignored)
        source = without_unnamed(source, used, self.ignored)
        dropped -= {*source.header}
        if self.options.where is not None:
            rows = row_filter(self.options.where)
            dropped |= {*rows.columns} - used
            source = taken(source, rows, used)
        source = joined(source, self.theirs, self.theirs & {*source.header})
        beyond = {name for name in self.ignored if _is_beyond(name, source.header)}
        plan = self.plan.without(dropped | beyond).passing_over(
            [name for name in REASONS if name in source.header]
        )
        if self.mapping is None:
            return source, plan
        mapping = self.mapping.with_more(plan.renamed, plan.constants, plan.ignored)
        plan = ColumnPlan(constants=mapping.constants)
        if self.parent is None:
            return mapped(source, mapping, self.kind), plan
        limit = self.limit_bytes
        with open_source(self.parent, self.kind, limit, mapping.wanted()) as parent:
            parents = Parents.of(parent, mapping)
        return mapped(source, mapping, self.kind, parents), plan


@dataclass
class BlockReading:
    """The blocks of an open file, and how it writes; counts grow as the blocks are taken."""

    recognised: Recognised
    blocks: Iterator[tuple[Piece, Block]]
    totals: list[int] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """The notice on rows left out as totals."""
        return [phrase("line %(line)s: a total, left out", line=line) for line in self.totals]


def read_blocks(
    source: OpenTable, plan: ColumnPlan, kind: FileKind, options: SourceOptions
) -> BlockReading:
    """Return the blocks of a shaped file, after checking the first of them."""
    positions = plan.resolve(kind, source.header)
    used, names = list(positions.values()), list(positions)
    pieces = source.pieces(used)
    looked_at: list[Piece] = list(itertools.islice(pieces, 1))
    names, turned = degrees(names, source, looked_at)
    names, numbered = without_numbers(names, source, looked_at, plan.renamed.get("id"))
    typed = "sheet" in source.facts

    def looked() -> Recognised:
        blocks = [_block(item, names, plan.constants) for item in looked_at]
        empty = [_block(None, names, plan.constants)]
        return recognise(blocks or empty, kind, options, typed=typed)

    recognised = looked()
    while recognised.open_ and len(looked_at) < _MOST_LOOKED_AT:
        more = list(itertools.islice(pieces, 1))
        if not more:
            break
        looked_at += more
        recognised = looked()
    made = [finding for finding in (turned, numbered) if finding]
    recognised = replace(recognised, findings=(*made, *recognised.findings))
    totals: list[int] = []

    def blocks_() -> Iterator[tuple[Piece, Block]]:
        for piece in itertools.chain(looked_at, pieces):
            yield _without_totals(piece, names, plan.constants, kind, recognised.notation, totals)

    return BlockReading(recognised, blocks_(), totals)


def _block(
    piece: Piece | None,
    names: Sequence[str],
    constants: Mapping[str, str],
    notation: Notation | None = None,
) -> Block:
    if piece is None:
        return Block({name: pa.array([], pa.string()) for name in names}, np.empty(0, np.int64))
    given = dict(zip(names, piece.columns, strict=False))
    filled = {name: pa.repeat(value, len(piece.lines)) for name, value in constants.items()}
    return Block({**given, **filled}, piece.lines, notation)


def _without_totals(
    piece: Piece,
    names: Sequence[str],
    constants: Mapping[str, str],
    kind: FileKind,
    notation: Notation,
    totals: list[int],
) -> tuple[Piece, Block]:
    """Return a piece and its block without rows that sum others up."""
    block = _block(piece, names, constants, notation)
    total = find_totals(block, names, piece.labelled, kind)
    if not total.any():
        return piece, block
    totals.extend(piece.lines[total].tolist())
    kept = pa.array(~total)
    columns = {name: block.column(name).filter(kept) for name in (*names, *constants)}
    return piece, Block(columns, piece.lines[~total], notation)


def _require_names(header: Sequence[str]) -> None:
    """Raise `Refused` for a name of a column that no sentence can name."""
    for place, name in enumerate(header, start=1):
        if len(name) > _MOST_LETTERS:
            raise Refused(
                "the name of column %(place)s has %(count)s characters; a name has at most "
                "%(most)s (it begins with %(start)r)",
                place=place,
                count=len(name),
                most=_MOST_LETTERS,
                start=name[:40],
            )


def _is_beyond(name: str, header: Collection[str]) -> bool:
    """Return whether a name to be ignored is that of a column right of the header."""
    return name not in header and re.fullmatch(r"column \d+", name) is not None
