"""Deterministic ids for rows without one: the same content always gets the same id.

The id is a UUIDv5 (RFC 9562, section 5.5) of the row's canonical content, so a file read twice adds
nothing. Rows of one file that say exactly the same are real: the second and later ones get the
UUIDv5 of their ordinal in the namespace of the first, see `repeated`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.validation.table_columns.text_columns import filled

NAMESPACE = UUID("8e1913b8-b5cf-5806-8dd1-58f990e447ad")
"""The namespace of every id made from content: `uuid5(NAMESPACE_DNS, "geosites")`."""

_SEPARATOR = "\x1f"
_UUID_BYTES = 16


def repeated(first: UUID, ordinal: int) -> UUID:
    """Return the id of the `ordinal`-th repetition of the row `first`."""
    return uuid5(first, str(ordinal)) if ordinal else first


def canonical(kind: str, columns: Mapping[str, pa.Array], later: Collection[str] = ()) -> pa.Array:
    """Return the canonical content of each row as text, as a pyarrow array.

    Numbers are integers: microseconds since 1970 in UTC, millimetres. Columns added `later` are
    appended with their names if they are not empty, so that the text of other rows does not change.
    """
    parts = [_whole(column) for name, column in columns.items() if name not in later]
    text = pc.binary_join_element_wise(
        kind, *parts, _SEPARATOR, null_handling="replace", null_replacement=""
    )
    named = [
        pc.binary_join_element_wise(name, _whole(columns[name]), "=")
        for name in columns
        if name in later
    ]
    return pc.binary_join_element_wise(text, *named, _SEPARATOR, null_handling="skip")


def identify(own: pa.Array, content: Callable[[], pa.Array]) -> pa.Array:
    """Return the ids as a pyarrow array of text: those given, else those of the content."""
    unnamed = ~filled(own)
    if not unnamed.any():
        return own
    made = named(content().filter(pa.array(unnamed)))
    return pc.replace_with_mask(own, pa.array(unnamed), made)


def named(content: pa.Array) -> pa.Array:
    """Return UUIDv5 as text for an array of texts, as `uuid.uuid5(NAMESPACE, text)` does."""
    space, sha1 = NAMESPACE.bytes, hashlib.sha1
    cells = pc.cast(content, pa.binary()).to_pylist()
    digests = b"".join([sha1(space + cell, usedforsecurity=False).digest() for cell in cells])
    raw = np.frombuffer(digests, dtype=np.uint8).reshape(len(cells), -1)[:, :_UUID_BYTES].copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x50
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    return _written(raw)


def _written(raw: npt.NDArray[np.uint8]) -> pa.Array:
    """Return rows of 16 bytes in the usual form, 8-4-4-4-12 hexadecimal digits."""
    digits = np.frombuffer(raw.tobytes().hex().encode(), dtype="S1").reshape(len(raw), 32)
    text = np.insert(digits, (8, 12, 16, 20), b"-", axis=1)
    offsets = np.arange(len(raw) + 1, dtype=np.int32) * text.shape[1]
    buffers = [pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.tobytes())]
    return pa.StringArray.from_buffers(len(raw), *buffers)


def _whole(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return pc.cast(pc.cast(column, pa.int64()), pa.string())
    if pa.types.is_floating(column.type):
        thousandths = pc.round(pc.multiply(column, 1000.0))
        return pc.cast(pc.cast(thousandths, pa.int64()), pa.string())
    return pc.cast(column, pa.string())
