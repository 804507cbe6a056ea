"""The clocks proposed to cities that do not say theirs, far from the place that names the zone."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from geosites.core.city_records import Box
from geosites.imports.city.clocks import zone_near

FAR = {
    "Frankfurt": (8.68, 50.11, "Europe/Berlin"),
    "Kiel": (10.13, 54.32, "Europe/Berlin"),
    "Boston": (-71.06, 42.33, "America/New_York"),
    "Tacoma": (-122.46, 47.24, "America/Los_Angeles"),
    "Chandigarh": (76.78, 30.73, "Asia/Kolkata"),
    "Brest": (-4.49, 48.39, "Europe/Paris"),
    "Lyon": (4.84, 45.75, "Europe/Paris"),
    "San Diego": (-117.15, 32.75, "America/Los_Angeles"),
    "A Coruña": (-8.41, 43.36, "Europe/Madrid"),
    "Belo Horizonte": (-43.94, -19.92, "America/Sao_Paulo"),
}
NEAR = {
    "Zürich": (8.54, 47.37, "Europe/Zurich"),
    "Monaco": (7.42, 43.74, "Europe/Monaco"),
    "Saint-Denis": (55.45, -20.9, "Indian/Reunion"),
    "Cayenne": (-52.3, 4.9, "America/Cayenne"),
    "Chicago": (-87.7, 41.85, "America/Chicago"),
}
BORDER = {
    "Lille": (3.06, 50.63, "Europe/Paris"),
    "Strasbourg": (7.75, 48.58, "Europe/Paris"),
    "Kehl": (7.82, 48.57, "Europe/Berlin"),
    "Aachen": (6.08, 50.77, "Europe/Berlin"),
    "Tijuana": (-117.04, 32.45, "America/Tijuana"),
}


def around(lon: float, lat: float) -> Box:
    """Return a box of some 10 km around a place."""
    return Box(west=lon - 0.05, south=lat - 0.05, east=lon + 0.05, north=lat + 0.05)


@pytest.mark.parametrize("city", FAR)
def test_the_clocks_of_the_country_are_proposed_and_never_sure(city: str) -> None:
    lon, lat, zone = FAR[city]
    found = zone_near(around(lon, lat))
    assert found.zone == zone
    assert not found.sure


@pytest.mark.parametrize("city", NEAR)
def test_beside_the_place_that_names_it_a_zone_is_sure(city: str) -> None:
    lon, lat, zone = NEAR[city]
    found = zone_near(around(lon, lat))
    assert (found.zone, found.sure) == (zone, True)


@pytest.mark.parametrize("city", BORDER)
def test_on_a_border_the_right_clocks_are_named(city: str) -> None:
    lon, lat, zone = BORDER[city]
    found = zone_near(around(lon, lat))
    assert zone in (found.zone, *found.others)
    assert found.zone not in found.others


def test_where_no_country_is_a_zone_is_proposed_all_the_same() -> None:
    found = zone_near(around(-140.0, -55.0))
    assert found.zone
    assert not found.sure


WORLD = Path(__file__).parents[2] / "data" / "cities_and_clocks.csv"
LEAST_RIGHT = 0.93


@cache
def offsets(zone: str) -> list[dt.timedelta | None]:
    """Return what a zone is ahead of UTC on each day of two years."""
    days = (dt.datetime(2025, 1, 1) + dt.timedelta(days=day) for day in range(730))
    return [ZoneInfo(zone).utcoffset(day) for day in days]


def test_around_the_world_the_right_clocks_are_proposed_or_shown() -> None:
    """Nearly everywhere those proposed are right; where they are not, the right ones are beside."""
    with WORLD.open(encoding="utf-8") as file:
        cities = list(csv.DictReader(file))
    right = 0
    for city in cities:
        found = zone_near(around(float(city["lon"]), float(city["lat"])))
        shown = [offsets(zone) for zone in (found.zone, *found.others)]
        kept = offsets(city["zone"])
        assert kept in shown, (city, found)
        right += shown[0] == kept
        assert not found.sure or shown[0] == kept, (city, found)
    assert len(cities) > 150
    assert right / len(cities) >= LEAST_RIGHT


def test_in_the_south_of_a_country_no_camp_of_antarctica_is_proposed() -> None:
    found = zone_near(around(149.13, -35.28))
    assert found.zone == "Australia/Sydney"
    assert not any(zone.startswith("Antarctica") for zone in found.others)


def test_spokane_keeps_pacific_clocks_and_mountain_ones_are_beside() -> None:
    found = zone_near(around(-117.43, 47.66))
    assert found.zone == "America/Los_Angeles"
    assert "America/Denver" in found.others
    assert not found.sure
