"""Files that are not honest street map: refused by name or served right, never half written."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from geosites.analysis.street_routing import StreetRouter
from geosites.core.errors import Refused
from geosites.imports.basemap.build import Built, build
from geosites.imports.basemap.streets import read_streets
from geosites.web.tiles.basemap_tiles import TileFile

DATA = Path(__file__).parents[2] / "data"
MARKUP = "<script>alert(1)</script> {{ 7*7 }} ${x}"


def untold(_done: int, _of: int) -> None:
    """Tell nobody."""


def osm(path: Path, nodes: list[tuple[float, float]], ways: list[tuple[list[int], str]]) -> Path:
    """Write an extract of nodes (lon, lat) and of ways with their tags."""
    lines = [
        f'<node id="{n}" version="1" lat="{lat}" lon="{lon}"/>'
        for n, (lon, lat) in enumerate(nodes, 1)
    ]
    for n, (members, tags) in enumerate(ways, 1):
        refs = "".join(f'<nd ref="{member}"/>' for member in members)
        lines.append(f'<way id="{n}" version="1">{refs}{tags}</way>')
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(lines)}</osm>')
    return path


def tag(key: str, value: str) -> str:
    return f'<tag k="{key}" v="{value.replace("<", "&lt;")}"/>'


def geojson(path: Path, kind: str, coordinates: object, **properties: str) -> Path:
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def made(source: Path, area: shapely.Geometry | None = None) -> Built:
    return build(source, source.with_name("out.mbtiles"), area, None, untold)


def nothing_left(folder: Path) -> bool:
    return not list(folder.glob("out.mbtiles*"))


SQUARE = [(2.35, 48.88), (2.352, 48.882), (2.352, 48.88), (2.35, 48.882)]
"""In this order two of its sides cross."""


def test_ways_that_cross_themselves_are_drawn_and_walked(tmp_path: Path) -> None:
    source = osm(
        tmp_path / "bow.osm",
        SQUARE,
        [
            ([1, 2, 3, 4, 1], tag("highway", "residential") + tag("name", "Rue Nœud")),
            ([1, 2, 3, 4, 1], tag("building", "yes")),
            ([1, 2, 3, 4, 1], tag("natural", "water")),
            ([1, 1], tag("highway", "residential") + tag("name", "Rue Point")),
            ([2, 99], tag("highway", "residential") + tag("name", "Rue Perdue")),
        ],
    )
    result = made(source)
    assert result.features >= 3
    assert TileFile.open(result.path).view.vector
    network = read_streets(source, None, "").network
    assert "Rue Nœud" in network.names
    ends = network.xy[[0, 2]]
    metres = StreetRouter(network=network).between(ends, ends).metres
    crow = np.hypot(*(ends[0] - ends[1]))
    assert np.isfinite(metres).all()
    assert metres[0, 1] >= crow > 100


def test_roads_without_names_are_drawn_and_name_nothing(tmp_path: Path) -> None:
    source = osm(tmp_path / "bare.osm", SQUARE, [([1, 2, 3], tag("highway", "residential"))])
    assert made(source).features == 1
    network = read_streets(source, None, "").network
    assert (network.names, len(network)) == ((), 1)


def test_names_are_kept_as_text(tmp_path: Path) -> None:
    tags = tag("highway", "residential") + tag("name", MARKUP)
    result = made(osm(tmp_path / "markup.osm", SQUARE, [([1, 2], tags)]))
    tiles = TileFile.open(result.path)
    column, row = int((2.351 + 180) / 360 * 2**15), 11266
    found = [
        one["properties"]["label"]
        for at in range(row - 4, row + 5)
        if (data := tiles._kept(15, column, at))
        for one in mapbox_vector_tile.decode(gzip.decompress(data))["ground"]["features"]
    ]
    assert set(found) == {MARKUP}


def test_one_shape_over_the_whole_world_is_refused(tmp_path: Path) -> None:
    world = [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]
    source = geojson(tmp_path / "world.geojson", "Polygon", world)
    source = source.rename(tmp_path / "surface_hydrographique.geojson")
    with pytest.raises(Refused, match=r"hydrographique\.geojson: one feature lies over \d+ tiles"):
        made(source)
    assert nothing_left(tmp_path)


def test_a_line_around_the_world_is_cut_to_the_area(tmp_path: Path) -> None:
    source = geojson(
        tmp_path / "long.geojson", "LineString", [[-170, 48.88], [2.35, 48.88], [170, 48.881]]
    )
    area = shapely.box(2.34, 48.87, 2.36, 48.89)
    assert made(source, area).tiles < 40


@pytest.mark.parametrize(
    "coordinates", [[[2.35, 88.0], [2.36, 89.9]], [[652000, 6862000], [652100, 6862100]]]
)
def test_lines_where_no_web_map_reaches_are_no_streets(tmp_path: Path, coordinates: object) -> None:
    with pytest.raises(Refused, match=r"far\.geojson: shows no street"):
        made(geojson(tmp_path / "far.geojson", "LineString", coordinates))
    assert nothing_left(tmp_path)


def test_a_file_that_grows_when_unpacked_is_refused_at_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.osm.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(400):
            file.write(bytes(1 << 20))
    with pytest.raises(Refused, match=r"bomb\.osm\.gz: is not an OpenStreetMap extract"):
        made(path)
    assert nothing_left(tmp_path)


def test_a_block_that_says_it_is_longer_than_the_file_is_cut_short(tmp_path: Path) -> None:
    header = b"\x0a\x09OSMHeader\x18\xff\xff\xff\xff\x7f"
    path = tmp_path / "long.osm.pbf"
    path.write_bytes(len(header).to_bytes(4, "big") + header + b"x" * 100)
    with pytest.raises(Refused, match=r"long\.osm\.pbf: the file is cut short"):
        made(path)


def test_blocks_without_sense_are_refused_by_name(tmp_path: Path) -> None:
    head, data = b"\x0a\x09OSMHeader\x18\x40", b"\x0a\x07OSMData\x18\x40"
    blocks = [len(one).to_bytes(4, "big") + one + b"\xff" * 64 for one in (head, data)]
    path = tmp_path / "noise.osm.pbf"
    path.write_bytes(b"".join(blocks))
    with pytest.raises(Refused, match=r"noise\.osm\.pbf: "):
        made(path)
    assert nothing_left(tmp_path)


HALF_DAMAGED = (
    '<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">'
    '<node id="1" lat="48.88" lon="2.35"/><node id="2" lat="48.881" lon="2.351"/>{damage}'
    '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
)


@pytest.mark.parametrize(
    "damage",
    [
        b"<node <<<",
        b'<node id="3" lat="48" lon="2"><tag k="name" v="\xe9t\xe9"/></node>',
        b'<node id="3" lat="-95" lon="-500"/>',
    ],
)
def test_an_extract_that_ends_in_the_middle_is_refused_and_not_built_by_half(
    tmp_path: Path, damage: bytes
) -> None:
    source = tmp_path / "half.osm"
    before, after = HALF_DAMAGED.encode().split(b"{damage}")
    source.write_bytes(before + damage + after)
    with pytest.raises(Refused, match=r"half\.osm: is damaged"):
        made(source)
    with pytest.raises(Refused, match=r"half\.osm: is damaged"):
        read_streets(source, None, "")
    assert nothing_left(tmp_path)


def test_a_block_that_was_damaged_on_the_way_is_refused(tmp_path: Path) -> None:
    whole = bytearray((DATA / "monaco.osm.pbf").read_bytes())
    whole[300_000:300_040] = bytes(40)
    source = tmp_path / "damaged.osm.pbf"
    source.write_bytes(whole)
    with pytest.raises(Refused, match=r"damaged\.osm\.pbf: is damaged"):
        made(source)
    assert nothing_left(tmp_path)


def test_a_full_disk_is_said_and_leaves_the_map_that_is_there(tmp_path: Path) -> None:
    """No file may grow beyond 100 kB here, as on a disk that is full."""
    (tmp_path / "out.mbtiles").write_bytes(b"the map of last year")
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from geosites.core.errors import Refused\n"
        "from geosites.imports.basemap.build import build\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: build(*map(Path, sys.argv[1:]), None, None, lambda *told: None)\n"
        "except Refused as refused: print(refused)\n"
    )
    command = [sys.executable, "-c", code, DATA / "monaco.osm.pbf", tmp_path / "out.mbtiles"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "out.mbtiles: cannot be written: " in told
    assert [item.name for item in tmp_path.iterdir()] == ["out.mbtiles"]
    assert (tmp_path / "out.mbtiles").read_bytes() == b"the map of last year"


def test_nodes_that_are_missing_do_not_take_the_rest_of_a_way_along(tmp_path: Path) -> None:
    source = osm(
        tmp_path / "cut.osm",
        [(2.35, 48.88), (2.351, 48.881), (2.352, 48.882)],
        [
            ([1, 2, 99, 3], tag("highway", "residential") + tag("name", "Rue Trouée")),
            ([98, 97], tag("highway", "residential") + tag("name", "Rue Perdue")),
        ],
    )
    assert made(source).features == 1
    assert read_streets(source, None, "").network.names == ("Rue Trouée",)


def test_names_in_any_script_are_read(tmp_path: Path) -> None:
    spoken = ("شارع الحرية", "中山路", "Улица Ленина")
    source = osm(
        tmp_path / "scripts.osm",
        [(2.35, 48.88), (2.351, 48.881), (2.352, 48.882), (2.353, 48.881)],
        [
            ([n, n + 1], tag("highway", "residential") + tag("name", name))
            for n, name in enumerate(spoken, 1)
        ],
    )
    assert set(read_streets(source, None, "").network.names) == set(spoken)
