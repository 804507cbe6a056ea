"""Initialise a store for a city: settings, territories and further data of its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.db.geography import care_places, ground, site_changes, territories
from geosites.db.geography import city as city_store
from geosites.db.maintenance import density_classes
from geosites.imports.city.folder import Understood
from geosites.reference_data.care_places import read_care_places
from geosites.reference_data.ground import read_ground
from geosites.reference_data.sites import read_sites


@dataclass(frozen=True, kw_only=True)
class Started:
    """How many things of the folder the store holds now."""

    territories: int
    sites: int
    care_places: int
    ground: int


def start(conn: sa.Connection, folder: Path, city: Understood) -> Started:
    """Make a city that of the store, to which its levels must have been added
    (`city_store.add_levels`).

    A store without records gets only the geography of the city. A store with records keeps its time
    zone, reference system and territories: raises `Refused` if the folder lacks one of them.
    """
    kept = city_store.has_records(conn)
    city_store.put(conn, city.city)
    if kept:
        _require_all(conn, [item.code for item in city.territories])
    else:
        city_store.clear_geography(conn)
    territories.put(conn, city.territories)
    if city.city.classes:
        density_classes.put(conn, city.city.classes)
    sites = read_sites(folder) if (folder / "sites.geojson").exists() else []
    care = read_care_places(folder) if (folder / "care.json").exists() else []
    return Started(
        territories=len(city.territories),
        sites=sum(site_changes.put_published(conn, site) for site in sites),
        care_places=sum(care_places.put(conn, place) for place in care),
        ground=ground.put(conn, read_ground(folder)),
    )


def _require_all(conn: sa.Connection, codes: Sequence[str]) -> None:
    missing = sorted(set(territories.names(conn)) - set(codes))
    if missing:
        raise Refused(
            "the store holds records, and the folder has no territory %(codes)s",
            codes=", ".join(missing[:10]),
        )
