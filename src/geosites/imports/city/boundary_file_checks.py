"""Check boundary files before they are read; report unreadable features by number.

The readers stop at the first geometry that they cannot read, skip features without one, and take an
unknown reference system for degrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from shapely.errors import GEOSException

from geosites.core.errors import Phrase, Refused, phrase
from geosites.core.untrusted_geometry import from_wkb_one
from geosites.imports.readers.vector_files import options_to_open
from geosites.imports.readers.zip_files import unpacked
from geosites.imports.source_options import ReadOptions

MOST_BORDER_MB = 200
"""So much memory one border of a GeoJSON file may take."""

_LAYERS = (".geojson", ".json", ".gpkg", ".fgb", ".shp")
_LIMIT_BYTES = 1 << 31


class Borders(NamedTuple):
    """The geometries of a file, None where missing, and notices by feature."""

    shapes: npt.NDArray[np.object_]
    faults: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()


def require_sound(path: Path) -> None:
    """Raise `Refused` if a file does not match its extension, or has content that readers skip."""
    name = path.name.lower()
    if name.endswith(".zip"):
        with unpacked(path, _LAYERS, _LIMIT_BYTES) as inner:
            require_sound(inner)
    elif name.endswith(_LAYERS):
        options_to_open(path, ReadOptions(), MOST_BORDER_MB)[1].reach()


def borders_of(path: Path, layer: str, shapes: npt.NDArray[np.object_]) -> Borders:
    """Return the geometries of a layer with open rings closed; unreadable ones are reported."""
    if not shapely.is_missing(shapes).any():
        return Borders(shapes)
    cells = pyogrio.raw.read(path, layer=layer, columns=[])[2]
    return mended(path.name, list(cells), shapes)


def mended(name: str, cells: Sequence[object], shapes: npt.NDArray[np.object_]) -> Borders:
    """Return geometries, unreadable ones with their rings closed if that repairs them."""
    made, faults, warnings = shapes.copy(), [], []
    for at in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if cells[at] is None:
            continue
        where = {"file": name, "number": at + 1}
        made[at] = _closed(cells[at])
        if made[at] is None:
            why = _why(cells[at])
            faults.append(
                phrase(
                    "%(file)s, feature %(number)s: its border cannot be read: %(why)s",
                    **where,
                    why=why,
                )
            )
        else:
            warnings.append(
                phrase("%(file)s, feature %(number)s: a ring was not closed; closed", **where)
            )
    return Borders(made, tuple(faults), tuple(warnings))


def unreadable(name: str, cells: Sequence[object]) -> Iterator[Phrase]:
    """Yield why borders cannot be read, by feature."""
    for number, cell in enumerate(cells, start=1):
        why = _why(cell)
        if why:
            yield phrase(
                "%(file)s, feature %(number)s: its border cannot be read: %(why)s",
                file=name,
                number=number,
                why=why,
            )


def _closed(cell: object) -> shapely.Geometry | None:
    try:
        shape = from_wkb_one(cell, on_invalid="fix")
    except (GEOSException, TypeError, ValueError):
        return None
    return None if shape is None or shape.is_empty else shape


def _why(cell: object) -> str:
    try:
        from_wkb_one(cell)
    except (GEOSException, TypeError, ValueError) as error:
        return str(error).strip()
    return ""


def with_file(path: Path, error: Refused) -> Refused:
    """Return an error that names its file."""
    return Refused("%(path)s: %(reason)s", path=path.name, reason=error.message)
