"""Common form of every file read: a header, then blocks of text columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import BadRow, Refused
from geosites.imports.source_options import Recognition

BLOCK_BYTES = 1 << 20
"""Maximum size of a block in memory."""

BLOCK_ROWS = 8192
MOST_COLUMNS = 2000
"""A table is not wider than this."""

MOST_LETTERS, _MOST_DRAWN = 65_536, 8_000_000
"""A value of a column is not longer than this, a drawn area (`wkt`) not longer than that."""

_MOST_WHOLE = 1e15
_UUID_BYTES = 16
_PACKED, _MOST_SWELL = 100_000_000, 200
"""Decompressed size above which the compression ratio is limited."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A block of rows: the requested columns as text, and the line of each row.

    `bad` lists rows that do not match the header, the first of `bad_total`; they are not in the
    columns. `blank` counts rows without any value, `left_out` those left out on purpose; neither
    are in the columns. `warnings` lists repairs. `bytes_read` is the number of decompressed bytes
    so far. `labelled`: rows that are labelled as totals in other columns.
    """

    columns: Sequence[pa.Array]
    lines: npt.NDArray[np.int64]
    bad: Sequence[BadRow] = ()
    bad_total: int = 0
    blank: int = 0
    left_out: int = 0
    warnings: Sequence[str] = ()
    bytes_read: int = 0
    labelled: npt.NDArray[np.bool_] | None = None

    def labelled_also(self, rows: npt.NDArray[np.bool_]) -> Piece:
        """Return the piece in which these rows are labelled as totals, too."""
        return replace(self, labelled=rows if self.labelled is None else self.labelled | rows)


@dataclass(frozen=True)
class OpenTable:
    """A file that is open: its header, and its rows for the columns at some positions.

    `remarks` are notices on unexpected handling, `facts` the recognised properties, `findings`
    those to be confirmed. `unnamed` columns are in the header as `column N`, each with its first
    value. `renamed` has the file's own names of columns that differ from ours by case.
    """

    header: tuple[str, ...]
    pieces: Callable[[Sequence[int]], Iterator[Piece]]
    remarks: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Recognition, ...] = ()
    unnamed: Mapping[int, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


class Meter:
    """Counts bytes read, and refuses to read beyond a limit."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.count = 0

    def add(self, size: int) -> None:
        """Count `size` more bytes, or raise `Refused`."""
        self.count += size
        if self.count > self._limit_bytes:
            raise Refused(
                "the file holds more than %(megabytes)s MB", megabytes=_megabytes(self._limit_bytes)
            )

    def read(self, stream: IO[bytes], size: int) -> bytes:
        """Return up to `size` bytes of a stream, counted."""
        data = stream.read(size)
        self.add(len(data))
        return data


def as_text(column: pa.Array, name: str) -> pa.Array:
    """Return a pyarrow column of any simple type as text, as a CSV file would write it."""
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return as_text(column.storage, name)
    if pa.types.is_dictionary(kind):
        return as_text(pc.cast(column, kind.value_type), name)
    if pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
        return pc.cast(pc.cast(column, pa.timestamp("us", "UTC")) if kind.tz else column, "string")
    if _holds_uuids(column, name):
        return _as_uuids(column)
    if pa.types.is_floating(kind):
        return _decimal(column)
    if pa.types.is_nested(kind) or pa.types.is_fixed_size_binary(kind):
        raise Refused("column %(name)r holds %(kind)s, not a simple value", name=name, kind=kind)
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise Refused(
            "column %(name)r holds %(kind)s, not a simple value", name=name, kind=kind
        ) from error


def most_letters(name: str) -> int:
    """Return how long a value of a column may be."""
    return _MOST_DRAWN if name == "wkt" else MOST_LETTERS


def require_short(column: pa.Array, name: str, lines: npt.NDArray[np.int64]) -> None:
    """Raise `Refused` with the line if a text value is too long.

    Each rule examines each letter; only a drawn area may be longer.
    """
    most = most_letters(name)
    lengths = pc.fill_null(pc.binary_length(column), 0)
    if not len(lengths) or pc.max(lengths).as_py() <= most:
        return
    lengths = pc.fill_null(pc.utf8_length(column), 0)
    row = pc.index(pc.greater(lengths, most), True).as_py()
    if row >= 0:
        raise Refused(
            "line %(line)s: column %(name)r holds %(count)s characters; a value has at most "
            "%(most)s",
            line=int(lines[row]),
            name=name,
            count=lengths[row].as_py(),
            most=most,
        )


def _holds_uuids(column: pa.Array, name: str) -> bool:
    """Return whether bytes are UUIDs: 16 each, and by their type, by their name or no text."""
    if pa.types.is_fixed_size_binary(column.type):
        return bool(column.type.byte_width == _UUID_BYTES)
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return False
    cells = column.drop_null()
    if not len(cells) or pc.any(pc.not_equal(pc.binary_length(cells), _UUID_BYTES)).as_py():
        return False
    return name == "id" or not _is_text(cells)


def _is_text(cells: pa.Array) -> bool:
    try:
        pc.cast(cells, pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _as_uuids(column: pa.Array) -> pa.Array:
    cells = (None if cell is None else str(UUID(bytes=cell)) for cell in column.to_pylist())
    return pa.array(cells, pa.string())


def _decimal(column: pa.Array) -> pa.Array:
    """Return numbers as text: NaN is nothing, and whole ones have neither point nor exponent."""
    column = pc.cast(column, pa.float64())
    column = pc.if_else(pc.is_nan(column), None, column)
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _MOST_WHOLE))
    whole = pc.fill_null(whole, False)
    digits = pc.cast(pc.if_else(whole, column, None), pa.int64())
    return pc.if_else(whole, pc.cast(digits, pa.string()), pc.cast(column, pa.string()))


def swells(size: int, packed: int) -> bool:
    """Return whether something packed unpacks to far more than honest files do."""
    return size > _PACKED and size > packed * _MOST_SWELL


def refuse_swelling(size: int, packed: int) -> None:
    """Raise `Refused` where something packed unpacks to far more than honest files do."""
    if swells(size, packed):
        raise Refused(
            "the file unpacks to %(times)s times its size; unpacked files are read",
            times=size // max(packed, 1),
        )


def row_numbers(first: int, count: int) -> npt.NDArray[np.int64]:
    """Return `count` numbers from `first` on."""
    return np.arange(first, first + count, dtype=np.int64)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:g}"
