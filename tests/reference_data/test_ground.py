"""The streets that come with geosites, and what is refused of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from geosites.core.errors import Refused
from geosites.core.ground import GroundFeature, GroundKind
from geosites.imports import geography
from geosites.reference_data.ground import read_ground


def test_forceval_lies_by_its_streets_canal_and_station() -> None:
    ground = read_ground(geography.folder())
    named = {item.name: item for item in ground.features if item.name}
    assert {
        "Porte de la Villette",
        "Boulevard Macdonald",
        "Canal Saint-Denis",
        "Boulevard périphérique",
    } <= named.keys()
    villette = named["Porte de la Villette"]
    assert villette.modes == ("metro", "tram")
    assert villette.shape.distance(named["Boulevard Macdonald"].shape) < 150
    assert named["Boulevard périphérique"].grade == "motorway"
    assert "Ville de Paris" in ground.credit
    assert "Île-de-France Mobilités" in ground.credit


def test_it_holds_what_its_sources_say() -> None:
    features = read_ground(geography.folder()).features
    of = {kind: [item for item in features if item.kind is kind] for kind in GroundKind}
    assert len(of[GroundKind.STATION]) == 496
    assert all(shapely.is_valid(item.shape) for item in features)
    assert {item.grade for item in of[GroundKind.RAIL]} >= {"metro", "rer", "train", "tram"}
    named = [item.name for item in of[GroundKind.ROAD] if item.name]
    assert len(named) == len(set(named)) + len({n for n in named if named.count(n) > 1})
    assert len(named) > 300


def test_a_folder_without_streets_has_an_empty_ground(tmp_path: Path) -> None:
    assert read_ground(tmp_path).features == ()


@pytest.mark.parametrize(
    ("properties", "shape", "why"),
    [
        ({"kind": "castle"}, [2.3, 48.8], "castle"),
        ({"kind": "station"}, [2.3, 48.8], "no name"),
        ({"kind": "station", "name": "x" * 201}, [2.3, 48.8], "too long"),
        ({"kind": "road", "class": "main"}, [2.3, 48.8], "not a shape of a road"),
    ],
)
def test_what_is_no_feature_of_a_ground_is_refused_by_its_number(
    tmp_path: Path, properties: dict[str, str], shape: list[float], why: str
) -> None:
    entry = {"properties": properties, "geometry": {"type": "Point", "coordinates": shape}}
    (tmp_path / "ground.geojson").write_text(json.dumps({"features": [entry]}))
    with pytest.raises(Refused, match=f"entry 1.*{why}"):
        read_ground(tmp_path)


def test_a_road_needs_one_of_the_known_classes() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    with pytest.raises(ValueError, match="not a class"):
        GroundFeature(kind=GroundKind.ROAD, shape=line, grade="path")
