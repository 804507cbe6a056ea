"""Zip archives of map layers, read in place by GDAL, and completeness of shapefiles."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from geosites.core.errors import Refused
from geosites.imports.basemap.contents import HEAD_BYTES, require_own_head
from geosites.imports.readers.zip_directory import require_few_parts

_FILES = (".gpkg", ".geojson", ".fgb", ".sqlite")
_SHAPES = ".shp"
_HEAD_BYTES = 100


def inside(path: Path) -> str:
    """Return the name by which GDAL opens what a zip archive holds: one file, or one folder of
    shapefiles. Raises `Refused` for another archive, by its name.
    """
    try:
        with path.open("rb") as file:
            require_few_parts(file)
        with zipfile.ZipFile(path) as archive:
            names = [item for item in archive.namelist() if _shown(item)]
            for name in names:
                with archive.open(name) as part:
                    require_own_head(path, part.read(HEAD_BYTES))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
        raise Refused("%(path)s: not a ZIP archive, or a truncated one", path=path) from error
    files = [item for item in names if item.lower().endswith(_FILES)]
    folders = {str(PurePosixPath(item).parent) for item in names if item.lower().endswith(_SHAPES)}
    found = [*files, *sorted(folders)]
    if len(found) != 1:
        raise Refused(
            "%(path)s: the archive holds %(count)s maps, not one: %(names)s",
            path=path,
            count=len(found),
            names=", ".join(found[:8]) or "-",
        )
    within = "" if found[0] == "." else f"/{found[0]}"
    return f"/vsizip/{{{path.absolute()}}}{within}"


def require_whole_shapes(path: Path) -> None:
    """Refuse a truncated shapefile; GDAL would silently leave out the missing part."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES or 2 * int.from_bytes(head[24:28], "big") > path.stat().st_size:
        raise Refused("%(path)s: the file is cut short", path=path)


def _shown(name: str) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
