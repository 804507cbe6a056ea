from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geosites.core.crs import to_geographic
from geosites.validation import WatchedTerritories
from geosites.validation.positions.coordinates import GAP_M, positions
from geosites.validation.table_columns.text_columns import Block, Faults

FORCEVAL = (2.3913, 48.8995)


def place(ground: WatchedTerritories, **cells: str) -> tuple[list[float], int, Faults]:
    block = Block({name: pa.array([text]) for name, text in cells.items()}, np.array([2]))
    faults = Faults(block)
    xy, tile = positions(block, faults, ground)
    return xy[0].tolist(), int(tile[0]), faults


def reason(ground: WatchedTerritories, **cells: str) -> str:
    _, _, faults = place(ground, **cells)
    assert faults.total == 1
    return faults.rows[0].reason


def test_every_tile_of_the_ground_holds_a_point_of_its_own(ground: WatchedTerritories) -> None:
    inner = [area.representative_point().coords[0] for area in ground.areas]
    np.testing.assert_array_equal(ground.locate(inner), np.arange(len(ground.codes)))
    assert len(ground.codes) == 142


def test_degrees_and_metres_name_the_same_place(ground: WatchedTerritories) -> None:
    xy, tile, faults = place(ground, lon=str(FORCEVAL[0]), lat=str(FORCEVAL[1]))
    again, same_tile, _ = place(ground, x=str(xy[0]), y=str(xy[1]))
    assert faults.total == 0
    assert (again, same_tile) == (xy, tile)
    assert ground.codes[tile] == "75119"


def test_positions_keep_to_the_millimetre_through_nine_decimals(ground: WatchedTerritories) -> None:
    rng = np.random.default_rng(1)
    xy = np.round(rng.uniform((648_000, 6_858_000), (656_000, 6_866_000), (500, 2)), 3)
    lonlat = np.round(to_geographic(xy), 9)
    block = Block(
        {
            name: pa.array([repr(v) for v in lonlat[:, i].tolist()])
            for i, name in enumerate(("lon", "lat"))
        },
        np.arange(500),
    )
    again, _ = positions(block, Faults(block), ground)
    np.testing.assert_array_equal(again, xy)


def test_swapped_coordinates_are_named_as_such(ground: WatchedTerritories) -> None:
    assert "swapped" in reason(ground, lon="48.8995", lat="2.3913")
    assert "swapped" in reason(ground, x="6862000", y="652000")


def test_metres_in_place_of_degrees_are_named_as_such(ground: WatchedTerritories) -> None:
    assert "is in metres" in reason(ground, lon="652451.117", lat="6862305.6")
    assert "is in degrees" in reason(ground, x="2.3913", y="48.8995")


@pytest.mark.parametrize(
    ("lon", "lat"), [("5.37", "43.3"), ("0", "0"), ("-180", "90"), ("2.3913", "49.9")]
)
def test_a_place_outside_every_territory_is_refused(
    ground: WatchedTerritories, lon: str, lat: str
) -> None:
    assert "outside every territory" in reason(ground, lon=lon, lat=lat)


def test_degrees_beyond_the_globe_are_refused(ground: WatchedTerritories) -> None:
    assert "is not a longitude and latitude" in reason(ground, lon="200", lat="95")


def test_a_latitude_that_is_none_is_named_itself(ground: WatchedTerritories) -> None:
    _, _, faults = place(ground, lon="2.3913", lat="148.88")
    (bad,) = faults.rows
    assert (bad.column, bad.value) == ("lat", "148.88")
    assert "is not a latitude" in bad.reason


def test_metres_beyond_the_globe_are_refused(ground: WatchedTerritories) -> None:
    assert "outside every territory" in reason(ground, x="1e99", y="6862000")


@pytest.mark.parametrize("text", ["nan", "inf"])
def test_what_is_not_finite_is_refused(ground: WatchedTerritories, text: str) -> None:
    assert "not a number" in reason(ground, lon=text, lat="48.9")


def test_half_a_place_is_refused(ground: WatchedTerritories) -> None:
    assert reason(ground, lon="2.39", lat="") == "is missing"


def test_a_sliver_between_neighbours_belongs_to_the_nearest() -> None:
    squares = (shapely.box(0, 0, 100, 100), shapely.box(102, 0, 200, 100))
    ground = WatchedTerritories(("75101", "75102"), squares)
    points = [(100.5, 50), (101.5, 50), (200 + GAP_M + 0.1, 50), (np.nan, 50)]
    assert ground.locate(points).tolist() == [0, 1, -1, -1]


def test_a_point_on_a_boundary_belongs_to_the_lower_code() -> None:
    squares = (shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100))
    assert WatchedTerritories(("75101", "75102"), squares).locate([(100, 50)]).tolist() == [0]


def test_no_point_lies_nowhere(ground: WatchedTerritories) -> None:
    assert ground.locate(np.empty((0, 2))).shape == (0,)
