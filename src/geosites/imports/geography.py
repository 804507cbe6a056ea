"""Load geography into the store: territories, sites, care places, map background, events."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from geosites.core import city
from geosites.core.errors import Phrase, Refused
from geosites.db.closure import closures, operations
from geosites.db.geography import care_places as care
from geosites.db.geography import city as city_store
from geosites.db.geography import ground, site_changes, territories
from geosites.imports.city.declaration import read_declaration
from geosites.reference_data.boundary_repair import made_coverage
from geosites.reference_data.care_places import read_care_places
from geosites.reference_data.ground import read_ground
from geosites.reference_data.sites import read_sites
from geosites.reference_data.territories import read_territories
from geosites.reference_data.timeline import read_public_facts


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """How many things were new or had changed."""

    territories: int
    sites: int
    care_places: int
    ground: int
    operations: int
    closures: int
    warnings: tuple[Phrase, ...] = ()
    """Repairs made while reading."""

    def document(self) -> dict[str, int]:
        """Return the counts under their names."""
        counts = asdict(self)
        del counts["warnings"]
        return counts


def folder() -> Path:
    """Return the folder of the city that comes with geosites."""
    return city.folder()


def load(
    conn: sa.Connection,
    source: Path | None = None,
    *,
    with_facts: bool = False,
    at: dt.datetime | None = None,
) -> Loaded:
    """Load the data of a folder, known from `at` on; loading it again adds nothing.

    Raises `Refused` if the folder or one of its files is missing or unreadable, or the store was
    set up for another city.
    """
    place = source or folder()
    if not place.is_dir():
        raise Refused("%(place)s is not a folder", place=place)
    _require_own_city(conn, place)
    coverage = made_coverage(read_territories(place))
    changed = territories.put(conn, coverage.territories, at)
    new_sites = sum(site_changes.put_published(conn, site, at) for site in read_sites(place))
    new_care = sum(care.put(conn, care_place, at) for care_place in read_care_places(place))
    done, closed = read_public_facts(place) if with_facts else ([], [])
    return Loaded(
        warnings=coverage.warnings,
        territories=changed,
        sites=new_sites,
        care_places=new_care,
        ground=ground.put(conn, read_ground(place)),
        operations=sum(operations.add(conn, operation, at) for operation in done),
        closures=sum(closures.add(conn, closure, at) for closure in closed),
    )


def _require_own_city(conn: sa.Connection, place: Path) -> None:
    """Raise `Refused` if a store was set up for another city than that of the folder."""
    kept = city_store.get(conn)
    if kept is None:
        return
    told = read_declaration(place).told
    if told.get("name") != kept.name:
        raise Refused(
            "the store is that of %(name)s: load its folder with `geosites city init`",
            name=kept.name,
        )
