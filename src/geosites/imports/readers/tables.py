"""What every kind of file is read as: a header, then pieces of columns of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import BadRow, Refused

BLOCK_BYTES = 1 << 20
"""No more of a file than this is held as it is read."""

BLOCK_ROWS = 8192


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some rows of a file: the columns asked for, as text, and the line of each row.

    `bad` lists rows that do not fit the header, the first of `bad_total`; they are not among the
    columns. `bytes_read` counts what was read of the file up to here, decompressed.
    """

    columns: Sequence[pa.Array]
    lines: npt.NDArray[np.int64]
    bad: Sequence[BadRow] = ()
    bad_total: int = 0
    bytes_read: int = 0


@dataclass(frozen=True)
class OpenTable:
    """A file that is open: its header, and its rows for the columns at some positions.

    `remarks` say what was made of the file that its reader might not expect.
    """

    header: tuple[str, ...]
    pieces: Callable[[Sequence[int]], Iterator[Piece]]
    remarks: tuple[str, ...] = ()


class Meter:
    """Counts what is read, and refuses to read on past a limit."""

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

    def read(self, stream: BinaryIO, size: int) -> bytes:
        """Return up to `size` bytes of a stream, counted."""
        data = stream.read(size)
        self.add(len(data))
        return data


def as_text(column: pa.Array, name: str) -> pa.Array:
    """Return a pyarrow column of any simple type as text, as a CSV file would write it."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(pc.cast(column, kind.value_type), name)
    if pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
        return pc.cast(pc.cast(column, pa.timestamp("us", "UTC")) if kind.tz else column, "string")
    if pa.types.is_nested(kind) or pa.types.is_fixed_size_binary(kind):
        raise Refused("column %(name)r holds %(kind)s, not a simple value", name=name, kind=kind)
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise Refused(
            "column %(name)r holds %(kind)s, not a simple value", name=name, kind=kind
        ) from error


def row_numbers(first: int, count: int) -> npt.NDArray[np.int64]:
    """Return `count` numbers from `first` on."""
    return np.arange(first, first + count, dtype=np.int64)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:g}"
