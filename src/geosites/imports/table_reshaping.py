"""Reshape an open file: join columns, filter rows, drop unnamed columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import BadRow, QuotedNames, Refused, phrase
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.row_filter import RowFilter
from geosites.imports.total_rows import says_total
from geosites.validation.table_columns.text_columns import Mask

_FIRST_NUMBERS = ("0", "1")
_DIGITS = 18
_INDEX = re.compile(r"__index_level_\d+__")
_MIDNIGHT = r"T00:00:00$"


def without_index(source: OpenTable, used: Collection[str], ignored: Collection[str]) -> OpenTable:
    """Return a source without columns with an unnamed pandas index."""
    header = source.header
    index = [name for name in header if _INDEX.fullmatch(name) and name not in {*used, *ignored}]
    if not index:
        return source
    kept = [place for place, name in enumerate(header) if name not in index]
    told = phrase("passed over, an index without a name: %(columns)s", columns=", ".join(index))
    return replace(
        source,
        header=tuple(header[place] for place in kept),
        pieces=lambda wanted: source.pieces([kept[place] for place in wanted]),
        remarks=(*source.remarks, told),
        unnamed={kept.index(place): value for place, value in source.unnamed.items()},
    )


def without_unnamed(
    source: OpenTable, used: Collection[str], ignored: Collection[str]
) -> OpenTable:
    """Return a source without its unnamed columns, except those `used` by number.

    An empty one is skipped, with a notice, and so is the first if it numbers the rows from 0 or 1,
    like a pandas index. Raises `Refused` if one has a value and is not ignored; a value found only
    further down makes its row a bad one.
    """
    if not source.unnamed:
        return source
    header = source.header
    counted = {
        place: value
        for place, value in source.unnamed.items()
        if place == 0 and value in _FIRST_NUMBERS and header[place] not in {*used, *ignored}
    }
    for place, value in source.unnamed.items():
        if value and place not in counted and header[place] not in {*used, *ignored}:
            if says_total(pa.array([value]))[0]:
                continue
            raise Refused(
                "column %(position)s of the header has no name and holds %(value)r: read it with "
                "--column NAME='%(name)s', or pass it over with --ignore '%(name)s'",
                position=place + 1,
                value=value[:40],
                name=header[place],
            )
    left = [place for place in source.unnamed if header[place] not in {*used, *ignored}]
    kept = [place for place in range(len(header)) if place not in left]

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        numbers = {place: RowNumbers(value) for place, value in counted.items()}
        for piece in source.pieces([*(kept[place] for place in wanted), *left]):
            yield _checked(piece, len(wanted), left, header, numbers)

    empty = [header[place] for place in left if place not in counted]
    told = [
        phrase("passed over, as they have no name and no value: %(columns)s", columns=columns)
        for columns in [", ".join(empty)]
        if empty
    ]
    told += [
        phrase(
            "passed over, as it has no name and counts the rows: %(column)s", column=header[place]
        )
        for place in counted
    ]
    return replace(
        source,
        header=tuple(header[place] for place in kept),
        pieces=pieces,
        remarks=(*source.remarks, *told),
        unnamed={},
    )


class RowNumbers:
    """The numbers of rows as they come: each is larger than the one before, or the first again."""

    def __init__(self, first: str) -> None:
        self._first, self._last = int(first), int(first) - 1

    def are_not(self, texts: Sequence[str]) -> Mask:
        """Return which of the next texts are not numbers of rows."""
        wrong = np.zeros(len(texts), dtype=bool)
        for row, text in enumerate(texts):
            number = int(text) if text.isdecimal() and len(text) <= _DIGITS else -1
            again = number == self._first < self._last
            wrong[row] = bool(text) and number <= self._last and not again
            self._last = number if text and not wrong[row] else self._last
        return wrong


def _checked(
    piece: Piece,
    width: int,
    left: Sequence[int],
    header: Sequence[str],
    numbers: Mapping[int, RowNumbers],
) -> Piece:
    """Return a block without the columns after `width`.

    Rows with values there are bad, unless these label totals.
    """
    columns, extra = piece.columns[:width], piece.columns[width:]
    filled, total = (np.zeros(len(piece.lines), dtype=bool) for _ in range(2))
    bad: list[BadRow] = []
    for place, column in zip(left, extra, strict=True):
        text = pc.fill_null(pc.utf8_trim_whitespace(column), "")
        label = says_total(text)
        total |= label
        found = (
            numbers[place].are_not(text.to_pylist())
            if place in numbers
            else pc.not_equal(text, "").to_numpy(zero_copy_only=False)
        )
        found = found & ~filled & ~label
        filled |= found
        reason = phrase("stands in a column without a name")
        bad += [
            BadRow(int(piece.lines[row]), header[place], text[row].as_py()[:120], reason)
            for row in np.flatnonzero(found).tolist()
        ]
    kept = replace(piece, columns=columns).labelled_also(total)
    return _filtered(kept, ~filled, bad)


def _filtered(piece: Piece, kept: Mask, bad: Sequence[BadRow]) -> Piece:
    if kept.all():
        return piece
    rows = pa.array(kept)
    return replace(
        piece,
        columns=[column.filter(rows) for column in piece.columns],
        lines=piece.lines[kept],
        labelled=None if piece.labelled is None else piece.labelled[kept],
        bad=sorted([*piece.bad, *bad], key=lambda row: row.line),
        bad_total=piece.bad_total + (int((~kept).sum()) if bad else 0),
    )


def joined(source: OpenTable, names: Collection[str], apart: Collection[str]) -> OpenTable:
    """Return a source in which `A+B` is a column: both values, joined by a space.

    `names` are the requested ones; A and B are removed, unless they are requested separately too
    (`apart`).
    """
    specs = {name: _parts(name, source.header) for name in names if name not in source.header}
    specs = {name: parts for name, parts in specs.items() if parts}
    if not specs:
        return source
    used = {part for parts in specs.values() for part in parts} - {*apart}
    header = (*(name for name in source.header if name not in used), *specs)
    places = {name: place for place, name in enumerate(source.header)}

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        parts = [specs.get(header[place], [header[place]]) for place in wanted]
        needed = list(dict.fromkeys(name for names in parts for name in names))
        for piece in source.pieces([places[name] for name in needed]):
            held = dict(zip(needed, piece.columns, strict=True))
            made = [
                _joint([held[part] for part in specs[name]]) if name in specs else held[name]
                for name in (header[place] for place in wanted)
            ]
            yield replace(piece, columns=made)

    return replace(source, header=header, pieces=pieces)


def _parts(name: str, header: Collection[str]) -> list[str]:
    parts = [part.strip() for part in name.split("+")]
    return parts if len(parts) > 1 and all(part in header for part in parts) else []


def _joint(columns: Sequence[pa.Array]) -> pa.Array:
    """Return texts joined by a space; null if one is empty, unless one is `Total`."""
    trimmed = [pc.utf8_trim_whitespace(column) for column in columns]
    days = [pc.replace_substring_regex(column, _MIDNIGHT, "") for column in trimmed[:-1]]
    text = pc.binary_join_element_wise(*days, trimmed[-1], " ")
    empty = [pc.fill_null(pc.equal(column, ""), True) for column in trimmed[1:]]
    for none in empty:
        text = pc.if_else(none, None, text)
    text = pc.if_else(pc.fill_null(pc.equal(trimmed[0], ""), True), None, text)
    if not text.null_count:
        return text
    labels = [pc.if_else(pa.array(says_total(column)), column, None) for column in trimmed]
    return pc.coalesce(text, *labels)


def taken(source: OpenTable, rows: RowFilter, used: Collection[str]) -> OpenTable:
    """Return a source with the rows of a filter only; its columns are no others unless `used`.

    Raises `Refused` where it names a column that is not there.
    """
    places = {name: place for place, name in enumerate(source.header)}
    for name in rows.columns:
        if name not in places:
            raise Refused(
                "column %(theirs)r is not in the file, which has %(header)s",
                theirs=name,
                header=QuotedNames(source.header),
            )
    header = tuple(name for name in source.header if name not in rows.columns or name in used)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        asked = [*(places[header[place]] for place in wanted), *(places[n] for n in rows.columns)]
        kept_any, seen = False, Counter[str]()
        for piece in source.pieces(asked):
            extra = piece.columns[len(wanted) :]
            kept = rows.keeps(dict(zip(rows.columns, extra, strict=True)))
            kept_any |= bool(kept.any())
            if not kept_any:
                seen.update(map(str, extra[0].to_pylist()))
            only = _filtered(replace(piece, columns=piece.columns[: len(wanted)]), kept, ())
            yield replace(only, left_out=piece.left_out + int((~kept).sum()))
        if not kept_any and seen:
            common = ", ".join(f"{value!r} ({count})" for value, count in seen.most_common(5))
            raise Refused(
                "no row is taken by %(where)r; column %(column)r holds %(values)s",
                where=rows.text,
                column=rows.columns[0],
                values=common,
            )

    return replace(source, header=header, pieces=pieces)
