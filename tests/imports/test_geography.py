"""The geography that comes with geosites, in the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.core.records import TerritoryLevel
from geosites.db import care_places, closures, operations, sites, territories
from geosites.imports import geography


def test_loading_again_adds_nothing(conn: sa.Connection) -> None:
    assert set(geography.load(conn).document().values()) == {0}


def test_the_territories_tile_the_ground(conn: sa.Connection) -> None:
    frame = territories.frame(conn)
    assert len(frame) == 142
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame.geometry.area.sum() == pytest.approx(frame.geometry.union_all().area, rel=1e-9)


def test_quartiers_nest_in_arrondissements(conn: sa.Connection) -> None:
    quartiers = territories.frame(conn, [TerritoryLevel.QUARTIER])
    above = territories.frame(conn, [TerritoryLevel.ARRONDISSEMENT]).set_index("code").geometry
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
