"""The geography that comes with geosites, in the store."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.db.closure import closures, operations
from geosites.db.geography import care_places, sites, territories
from geosites.imports import geography


def test_loading_again_adds_nothing(conn: sa.Connection) -> None:
    assert set(geography.load(conn).document().values()) == {0}


def test_the_territories_tile_the_ground(conn: sa.Connection) -> None:
    frame = territories.frame(conn)
    assert len(frame) == 142
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame.geometry.area.sum() == pytest.approx(frame.geometry.union_all().area, rel=1e-9)


def test_quartiers_nest_in_arrondissements(conn: sa.Connection) -> None:
    quartiers = territories.frame(conn, ["quartier"])
    above = territories.frame(conn, ["arrondissement"]).set_index("code").geometry
    outside = quartiers.geometry.difference(above.loc[quartiers.parent], align=False).area
    assert len(quartiers) == 80
    assert np.max(outside) < 1.0


def test_the_eight_sites_lie_where_they_say(conn: sa.Connection) -> None:
    frame = territories.frame(conn).set_index("code")
    everything = sites.list_all(conn)
    assert len(everything) == 8
    for site in everything:
        assert frame.geometry[site.territory].covers(site.perimeter.centroid), site.slug


def test_the_public_facts_close_forceval_on_5_october_2022(conn: sa.Connection) -> None:
    loaded = geography.load(conn, with_facts=True)
    assert loaded.closures >= 2
    assert loaded.operations >= 3
    (closure,) = closures.of_site(conn, "forceval")
    assert closure.closed_from.isoformat().startswith("2022-10-05T00:00:00+02:00") or (
        closure.closed_from.isoformat() == "2022-10-04T22:00:00+00:00"
    )
    assert closure.source
    assert all(operation.source for operation in operations.during(conn))


def test_care_places_carry_their_figures(conn: sa.Connection) -> None:
    by_slug = {place.slug: place for place in care_places.list_all(conn)}
    assert len(by_slug) == 9
    assert {figure.value for figure in by_slug["assore-phase"].figures} == {60, 200, 400}


def test_a_folder_that_is_not_there_is_named(conn: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nowhere"):
        geography.load(conn, tmp_path / "nowhere")


def folder_of(path: Path, *features: dict[str, object]) -> Path:
    """Return a folder of territories and nothing else."""
    collection = {"type": "FeatureCollection", "features": list(features)}
    (path / "territories.geojson").write_text(json.dumps(collection))
    (path / "sites.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (path / "care.json").write_text("[]")
    return path


def commune(code: str, *ring: tuple[float, float]) -> dict[str, object]:
    """Return a commune of degrees as a feature."""
    about = {"code": code, "level": "commune", "name": code, "label": None, "parent": None}
    geometry = {"type": "Polygon", "coordinates": [[*map(list, ring), list(ring[0])]]}
    return {"type": "Feature", "properties": about, "geometry": geometry}


def test_an_outline_that_crosses_itself_is_repaired_when_loaded(
    conn: sa.Connection, tmp_path: Path
) -> None:
    bowtie = commune("X1", (12.3, 48.8), (12.4, 48.9), (12.4, 48.8), (12.3, 48.9))
    loaded = geography.load(conn, folder_of(tmp_path, bowtie))
    assert loaded.territories == 1
    assert "territory X1: Self-intersection" in loaded.warnings[0]
    area = territories.frame(conn).set_index("code").geometry["X1"]
    assert area.is_valid


def test_neighbours_that_do_not_share_their_border_are_noded_when_loaded(
    conn: sa.Connection, tmp_path: Path
) -> None:
    first = commune("A", (2.3, 58.8), (2.35, 58.8), (2.350001, 58.85), (2.35, 58.9), (2.3, 58.9))
    second = commune("B", (2.35, 58.8), (2.4, 58.8), (2.4, 58.9), (2.35, 58.9))
    loaded = geography.load(conn, folder_of(tmp_path, first, second))
    assert "noded" in loaded.warnings[0]
    frame = territories.frame(conn).set_index("code").geometry
    assert shapely.coverage_is_valid(frame[["A", "B"]].to_numpy())


def test_territories_that_overlap_are_refused_and_nothing_is_loaded(
    conn: sa.Connection, tmp_path: Path
) -> None:
    first = commune("A", (2.3, 58.8), (2.36, 58.8), (2.36, 58.9), (2.3, 58.9))
    second = commune("B", (2.35, 58.8), (2.4, 58.8), (2.4, 58.9), (2.35, 58.9))
    before = territories.count(conn)
    with pytest.raises(Refused, match="A and B overlap"):
        geography.load(conn, folder_of(tmp_path, first, second))
    assert territories.count(conn) == before
