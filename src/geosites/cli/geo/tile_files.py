"""Install a file of tiles beside the store, and prepare its streets for printed maps."""

from __future__ import annotations

import shutil
from pathlib import Path

import shapely
import sqlalchemy as sa

from geosites.core.errors import NotFound, Refused
from geosites.db.geography import street_map
from geosites.imports.basemap import paper_tiles
from geosites.web.tiles.basemap_tiles import TileFile, unzipped


def is_tiles(path: Path) -> bool:
    """Return whether a file is one of tiles by its name."""
    return path.name.lower().endswith((".mbtiles", ".pmtiles"))


def take(source: Path, out: Path) -> TileFile:
    """Copy a file of tiles that can be read to `out`; raises `Refused` for another."""
    TileFile.open(source)
    part = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused("%(path)s: cannot be written: %(error)s", path=out, error=error) from error
    return TileFile.open(out)


def onto_paper(conn: sa.Connection, file: TileFile, area: shapely.Geometry) -> int | None:
    """Use the vector tiles of a file for printed maps; return their number, None if unchanged.

    Raster tiles are not printed: there the streets that come with geosites are used.
    """
    if street_map.digest(conn, street_map.TILES) == file.version:
        return None

    def read(zoom: int, column: int, row: int) -> bytes | None:
        try:
            data, _ = file.tile(zoom, column, row)
        except NotFound:
            return None
        return unzipped(file.path, data) if data.startswith(b"\x1f\x8b") else data

    if not file.view.vector:
        return paper_tiles.put(conn, lambda _z, _x, _y: None, area, file.version, "")
    try:
        return paper_tiles.put(conn, read, area, file.version, file.view.credit)
    except ValueError as error:
        raise Refused("%(path)s: holds a damaged tile", path=file.path) from error
