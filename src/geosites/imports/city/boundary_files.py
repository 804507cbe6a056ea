"""Boundary files as published: polygons in degrees and their properties."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import Phrase, Refused
from geosites.core.untrusted_geometry import require_flat
from geosites.imports.basemap.source import checked, is_osm
from geosites.imports.city.boundary_file_checks import (
    Borders,
    borders_of,
    require_sound,
    unreadable,
    with_file,
)
from geosites.imports.city.placed_areas import areas_of, far_from_use

ENDINGS = (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".parquet", ".zip", ".pbf", ".osm")
OWN_FILES = frozenset(
    {
        "sites.geojson",
        "care.json",
        "committee.json",
        "ground.geojson",
        "timeline.json",
        "published_counts.json",
    }
)
"""Files of a city's folder that hold other things than boundaries."""

OSM_LEVEL, OSM_CODE = "admin_level", "osm_id"
_OSM_FIELDS = (OSM_CODE, "name", OSM_LEVEL)
_MOST_UNREADABLE = 40
_MOST_BYTES = 1 << 30
_MOST_VERTICES, _MOST_FEATURES = 900_000, 20_000

Values = Sequence[object]


@dataclass(frozen=True, kw_only=True)
class BoundaryFile:
    """The features of one file: `columns` by name, `areas` (n,) in degrees, None where bad.

    `numbers` (n,) count the features of the file from 1. `faults` name what cannot be used.
    """

    name: str
    columns: Mapping[str, Values]
    areas: npt.NDArray[np.object_]
    numbers: tuple[int, ...]
    reference: str
    layer: str = ""
    faults: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, chosen: Sequence[int]) -> BoundaryFile:
        """Return the file with only these features, by position."""
        return replace(
            self,
            columns={name: [values[i] for i in chosen] for name, values in self.columns.items()},
            areas=self.areas[list(chosen)],
            numbers=tuple(self.numbers[i] for i in chosen),
        )


def boundary_files(folder: Path) -> list[Path]:
    """Return the boundary files of a folder, by their endings, in order of their names."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith((*ENDINGS, ".osm.gz")) and path.name not in OWN_FILES
    )


def read_boundaries(path: Path, layer: str | None = None) -> BoundaryFile:
    """Return the features of a file; raises `Refused` where it cannot be read at all."""
    if not path.is_file():
        raise Refused("%(path)s: there is no such file", path=path)
    if path.stat().st_size > _MOST_BYTES:
        raise Refused("%(path)s: is too large for boundaries", path=path.name)
    frame, told = _frame(path, layer)
    if not len(frame):
        raise Refused("%(path)s: holds no features", path=path.name)
    _require_few(path, len(frame))
    vertices = int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum())
    if vertices > _MOST_VERTICES:
        raise Refused(
            "%(path)s: its borders have %(count)s vertices, and at most %(most)s are read: "
            "simplify them, or keep the city alone",
            path=path.name,
            count=vertices,
            most=_MOST_VERTICES,
        )
    if frame.crs is None:
        raise Refused(
            "%(path)s: does not say in which reference system its coordinates are", path=path.name
        )
    reference = CRS.from_user_input(frame.crs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            placed = frame.to_crs(GEOGRAPHIC)
    except (CRSError, ValueError) as error:
        raise Refused("%(path)s: %(error)s", path=path.name, error=error) from error
    known = {fault.values["number"] for fault in told.faults}
    areas, faults = areas_of(path.name, known, shapely.force_2d(placed.geometry.to_numpy()))
    far = far_from_use(path.name, reference, areas)
    if far:
        areas[:] = None
    columns = placed.drop(columns=placed.geometry.name)
    return BoundaryFile(
        name=path.name,
        columns={str(name): [_plain(v) for v in columns[name].tolist()] for name in columns},
        areas=areas,
        numbers=tuple(range(1, len(placed) + 1)),
        reference=reference.name,
        layer=str(frame.attrs.get("layer", "")),
        faults=(*told.faults, *faults, *far),
        warnings=told.warnings,
    )


def _frame(path: Path, layer: str | None) -> tuple[gpd.GeoDataFrame, Borders]:
    """Return the features of a file, and notices on unreadable borders."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what GDAL warns of is looked at again
            return _read(path, layer)
    except UnicodeDecodeError as error:
        raise Refused(
            "%(path)s: is not UTF-8 (%(reason)s): save it as UTF-8", path=path.name, reason=error
        ) from error
    except Refused as error:
        raise error if path.name in error.message else with_file(path, error) from error
    except (
        DataSourceError, DataLayerError, GEOSException, ValueError, pa.ArrowException, OSError,
    ) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:200]
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path.name, reason=reason
        ) from error


def _read(path: Path, layer: str | None) -> tuple[gpd.GeoDataFrame, Borders]:
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    if is_osm(path):
        frame = _administrative(path)
        return frame, Borders(frame.geometry.to_numpy())
    require_sound(path)
    chosen = layer or _only_layer(path)
    _require_few(path, int(pyogrio.read_info(path, layer=chosen)["features"]))
    frame = pyogrio.read_dataframe(path, layer=chosen, datetime_as_string=True, on_invalid="ignore")
    frame.attrs["layer"] = chosen
    if "geometry" not in frame:
        raise Refused("%(path)s: has no geometries", path=path.name)
    told = borders_of(path, chosen, frame.geometry.to_numpy())
    return frame.set_geometry(gpd.GeoSeries(told.shapes, crs=frame.crs)), told


def _parquet(path: Path) -> tuple[gpd.GeoDataFrame, Borders]:
    _require_flat(path)
    _require_few(path, pq.read_metadata(path).num_rows)
    try:
        frame = gpd.read_parquet(path)
    except GEOSException as error:
        with pq.ParquetFile(path) as file:
            names = [field.name for field in file.schema_arrow if pa.types.is_binary(field.type)]
            cells = [cell for name in names for cell in file.read([name])[name].to_pylist()]
        faults = list(unreadable(path.name, cells))[:_MOST_UNREADABLE]
        raise Refused("%(faults)s", faults="; ".join(faults)) from error
    return frame, Borders(frame.geometry.to_numpy())


def _require_few(path: Path, features: int) -> None:
    if features > _MOST_FEATURES:
        raise Refused(
            "%(path)s: holds %(count)s features, and a city has at most %(most)s territories",
            path=path.name,
            count=features,
            most=_MOST_FEATURES,
        )


def _require_flat(path: Path) -> None:
    """Raise `ValueError` where a geometry of a Parquet file nests without an end."""
    with pq.ParquetFile(path) as file:
        fields = [field.name for field in file.schema_arrow if pa.types.is_binary(field.type)]
        for batch in file.iter_batches(columns=fields):
            for column in batch.columns:
                for cell in column.to_pylist():
                    try:
                        require_flat(cell)
                    except GEOSException as error:
                        raise ValueError(str(error)) from error


def _only_layer(path: Path) -> str:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) != 1:
        raise Refused(
            "%(path)s: has the layers %(layers)s: name one (layer) in city.toml",
            path=path.name,
            layers=", ".join(layers) or "–",
        )
    return layers[0]


def _administrative(path: Path) -> gpd.GeoDataFrame:
    """Return the administrative relations of an OpenStreetMap extract that have a level."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL warns of rings that the extract cuts off
        frame = pyogrio.read_dataframe(
            checked(path),
            layer="multipolygons",
            columns=[*_OSM_FIELDS, "boundary"],
            where="boundary = 'administrative'",
        )
    there = frame[OSM_LEVEL].notna() & frame[OSM_CODE].notna()
    return frame[there].drop(columns="boundary").reset_index(drop=True)


def _plain(value: object) -> object:
    """Return a value of a field as text or number; None for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
