"""Geometries that nest without an end: they end the process of a reader that follows them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.errors import GEOSException

from geosites.core.untrusted_geometry import DEEPEST, from_wkb, from_wkb_one, from_wkt

KINDS = st.sampled_from([4, 5, 6, 7])


@given(
    word=st.sampled_from(["GEOMETRYCOLLECTION", "MULTIPOLYGON", "POLYGON", ""]),
    depth=st.sampled_from([21, 300, 50_000]),
    closed=st.booleans(),
)
def test_text_that_nests_without_an_end_is_refused(word: str, depth: int, closed: bool) -> None:
    text = f"{word}(" * depth + (")" * depth if closed else "")
    with pytest.raises(GEOSException):
        from_wkt(text)


@given(
    kind=KINDS,
    more=st.sampled_from([0, 1000, 2000, 3000]),
    depth=st.sampled_from([DEEPEST + 1, 5_000, 100_000]),
    order=st.sampled_from("<>"),
    beside=st.booleans(),
)
def test_bytes_that_nest_without_an_end_are_refused(
    kind: int, more: int, depth: int, order: str, beside: bool
) -> None:
    mark = 1 if order == "<" else 0
    head = struct.pack(f"{order}BII", mark, kind + more, 2 if beside else 1)
    point = struct.pack(f"{order}BIdd", mark, 1, 2.37, 48.885)
    with pytest.raises(GEOSException, match="without an end"):
        from_wkb_one((head + (point if beside else b"")) * depth + point)


@pytest.mark.parametrize("flag", [0x20000000, 0x40000000, 0x80000000, 0xE0000000])
def test_extended_bytes_that_nest_are_refused(flag: int) -> None:
    head = struct.pack("<BI", 1, 7 | flag)
    head += struct.pack("<II", 4326, 1) if flag & 0x20000000 else struct.pack("<I", 1)
    with pytest.raises(GEOSException, match="without an end"):
        from_wkb_one(head * 50_000)


def test_what_does_not_nest_is_read() -> None:
    square = shapely.box(2.37, 48.885, 2.371, 48.886)
    many = shapely.MultiPolygon([shapely.affinity.translate(square, n, 0) for n in range(5_000)])
    points = shapely.MultiPoint(np.random.default_rng(1).uniform(size=(100_000, 2)))
    whole = shapely.MultiPoint(np.arange(20_000.0).reshape(-1, 2))
    for shape in (square, many, points, whole):
        assert from_wkb(np.array([shape.wkb, None], dtype=object))[0].equals(shape)
        assert from_wkb_one(shapely.to_wkb(shape, byte_order=0)).equals(shape)
        assert shapely.equals_exact(from_wkt(shape.wkt), shape, tolerance=1e-9)
