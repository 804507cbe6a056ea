"""Layers to which something happened on the way: read, or refused in words, by every import."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core.errors import GeositesError
from geosites.imports.readers.vector_files import open_layer
from geosites.validation import FileKind

HARM = st.lists(
    st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1, max_size=6
)


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    points = [shapely.Point(2.35 + n / 1e4, 48.88) for n in range(60)]
    columns = {"observed_at": ["2022-10-05T06:30"] * 60, "headcount": list(range(60))}
    frame = gpd.GeoDataFrame({**columns, "unit": ["18e"] * 60}, geometry=points, crs=4326)
    for name in ("s.fgb", "s.gpkg", "s.geojson"):
        frame.to_file(folder / name)
    return folder


@pytest.mark.parametrize("name", ["s.fgb", "s.gpkg", "s.geojson"])
@settings(max_examples=80, deadline=None)
@given(harm=HARM)
def test_a_harmed_layer_is_read_or_refused(
    layers: Path,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    harm: list[tuple[float, bytes]],
) -> None:
    data = bytearray((layers / name).read_bytes())
    for share, content in harm:
        at = int(share * len(data))
        data[at : at + len(content)] = content
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    with suppress(GeositesError), open_layer(path, 20_000_000, FileKind.SIGHTINGS) as table:
        for piece in table.pieces(range(len(table.header))):
            assert piece is not None
