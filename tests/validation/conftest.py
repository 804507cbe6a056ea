"""The ground, the sites and the clock that reports are checked against."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pytest

from geosites.validation import Context, WatchedTerritories

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
GEOGRAPHY = Path(__file__).parents[2] / "data" / "geo" / "territories.geojson"


@pytest.fixture(scope="session")
def ground() -> WatchedTerritories:
    return WatchedTerritories.of(gpd.read_file(GEOGRAPHY).to_crs(2154))


@pytest.fixture(scope="session")
def context(ground: WatchedTerritories) -> Context:
    sites = frozenset({"forceval", "jardins-eole", "stalingrad"})
    return Context(now=NOW, ground=ground, sites=sites)
