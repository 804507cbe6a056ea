"""One door between degrees and metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geosites.core import crs
from geosites.core.errors import WrongReference


def test_notre_dame_lies_where_ign_says() -> None:
    (x, y) = crs.to_metric([2.3499, 48.8530])[0]
    assert (x, y) == (pytest.approx(652_300, abs=60), pytest.approx(6_861_680, abs=60))


def test_there_and_back_moves_nothing() -> None:
    lonlat = np.random.default_rng(1).uniform([2.1, 48.6], [2.7, 49.0], (1000, 2))
    assert np.abs(crs.to_geographic(crs.to_metric(lonlat)) - lonlat).max() < 1e-9


def test_a_hundred_metres_are_a_hundred_metres() -> None:
    point = crs.geometry_to_geographic(shapely.Point(652_000, 6_862_000))
    east = crs.geometry_to_geographic(shapely.Point(652_100, 6_862_000))
    assert crs.geometry_to_metric(point).distance(crs.geometry_to_metric(east)) == pytest.approx(
        100
    )


def test_metric_code_refuses_degrees() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(2.35, 48.85)], crs=4326)
    with pytest.raises(WrongReference, match="2154"):
        crs.require_metric(frame)
    with pytest.raises(WrongReference):
        crs.require_metric(frame.set_crs(None, allow_override=True))
    assert crs.require_metric(frame.to_crs(2154)) is not None
