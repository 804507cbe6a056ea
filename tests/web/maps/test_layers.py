"""The map's own layers, as the map asks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.core.density_classes import DENSITY_CLASSES
from samples.hostile import ATTACKS
from stores import small_exercise

LAYERS = (
    "/layers/streets",
    "/layers/territories?lang=fr",
    f"/layers/weeks/{small_exercise.WEEK}?lang=fr",
    "/layers/sites/forceval?lang=fr",
    f"/layers/displacement/{small_exercise.EVENT}?lang=fr",
)


def kinds(layer: dict[str, Any]) -> set[str]:
    return {feature["properties"]["kind"] for feature in layer["features"]}


@pytest.mark.parametrize("path", LAYERS)
def test_a_layer_is_geojson_and_sent_again_only_when_it_changed(
    reader: TestClient, path: str
) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["type"] == "FeatureCollection"
    again = reader.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_week_holds_everything_its_map_shows(reader: TestClient) -> None:
    layer = reader.get(f"/layers/weeks/{small_exercise.WEEK}").json()
    assert {
        "density",
        "unobserved",
        "hotspot",
        "hotspot-rank",
        "operation",
        "closure",
        "site",
    } <= kinds(layer)
    assert layer["exercise"] is True
    assert layer["classes"] == list(DENSITY_CLASSES[: len(layer["classes"])])


def test_a_week_nobody_looked_at_is_unobserved_all_over(reader: TestClient) -> None:
    layer = reader.get("/layers/weeks/2021-W10").json()
    assert {"unobserved", "site"} <= kinds(layer)
    assert not {"density", "hotspot"} & kinds(layer)


def test_arrows_start_where_the_event_was(reader: TestClient) -> None:
    layer = reader.get(f"/layers/displacement/{small_exercise.EVENT}").json()
    assert {"operation", "flow", "change"} <= kinds(layer)
    assert layer["territories"]["75110"]["title"] == "Paris 10e"


def test_care_places_are_shown_while_they_are_open(reader: TestClient) -> None:
    def names(week: str) -> list[str]:
        features = reader.get(f"/layers/weeks/{week}").json()["features"]
        told = [feature["properties"] for feature in features]
        return [one["title"] for one in told if one["kind"] == "care"]

    assert "Espace de repos, porte de la Chapelle" in names("2022-W40")
    assert "Espace de repos, porte de la Chapelle" not in names("2024-W10")


def test_hostile_names_travel_as_data(hostile: TestClient) -> None:
    body = hostile.get(f"/layers/weeks/{small_exercise.WEEK}").text
    sites = [f for f in json.loads(body)["features"] if f["properties"]["kind"] == "site"]
    assert set(ATTACKS) <= {site["properties"]["title"] for site in sites}


def test_a_week_is_small_on_the_line(reader: TestClient) -> None:
    answer = reader.get("/layers/territories", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 32_000
