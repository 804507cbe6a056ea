"""Build the street map of a store from one file."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import shapely
import sqlalchemy as sa

from geosites.core import crs
from geosites.db.geography import street_map, street_tiles, territories
from geosites.imports.basemap import addresses, mapping, paper_tiles, tiles
from geosites.imports.basemap.source import OSM_CREDIT, checked, is_osm, require_readable
from geosites.imports.basemap.streets import Streets, read_streets
from geosites.imports.basemap.tiles import Progress

MARGIN_M = 1_000.0


@dataclass(frozen=True, kw_only=True)
class Built:
    """Result of a build: path, number of features, number of tiles, size."""

    path: Path
    features: int
    tiles: int
    size_bytes: int


def area_of(conn: sa.Connection) -> shapely.Geometry:
    """Return the area of the territories with a margin, in degrees."""
    shapes = territories.frame(conn).geometry.to_numpy()
    around = shapely.simplify(shapely.union_all(shapes).buffer(MARGIN_M), MARGIN_M / 10)
    return crs.geometry_to_geographic(around)


def build(
    source: Path, out: Path, area: shapely.Geometry | None, credit: str | None, tell: Progress
) -> Built:
    """Write the vector tiles of a file; only features that intersect `area` (degrees), unless it is
    None.

    `credit` names the producer, known for OpenStreetMap. Raises `Refused` with the file's name if
    it is not a street map.
    """
    whose = credit_of(source, credit)
    checked(source)
    require_readable(source)
    parts = mapping.read(source, area)
    features, count = tiles.write(out, parts, _key(source, area), whose, tell)
    return Built(path=out, features=features, tiles=count, size_bytes=out.stat().st_size)


def _key(source: Path, area: shapely.Geometry | None) -> str:
    """Return the key of a build: the file, the area, and the version of the tiling."""
    stat = source.stat()
    where = b"" if area is None else shapely.to_wkb(area)
    text = f"{source.absolute()} {stat.st_size} {stat.st_mtime_ns} {tiles.MADE}"
    return sha256(text.encode() + where).hexdigest()


def credit_of(source: Path, credit: str | None) -> str:
    """Return the producer of a map: as given, or OpenStreetMap's."""
    return credit or (OSM_CREDIT if is_osm(source) else "")


def names(source: Path, area: shapely.Geometry | None, credit: str | None) -> Streets:
    """Return the streets, places and house numbers of a file, for walking and searching."""
    return read_streets(source, area, credit_of(source, credit))


def put_tiles(conn: sa.Connection, built: Path, version: str, credit: str) -> int:
    """Make the tiles of a built map those under maps on paper; return how many there are."""
    street_map.say_loaded(conn, street_map.TILES, version, credit)
    return street_tiles.put(conn, tiles.written(built, paper_tiles.ZOOMS))


def put_names(conn: sa.Connection, streets: Streets) -> None:
    """Replace the streets of the store; existing house numbers of the BAN are kept."""
    street_map.put_network(conn, streets.network)
    if len(streets.houses) and street_map.credit(conn, street_map.ADDRESSES) != addresses.CREDIT:
        whose = streets.network.credit
        street_map.put_addresses(conn, addresses.of_map(streets.houses), whose)
