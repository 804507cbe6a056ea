"""Boundary files as they were published: polygons in degrees, and what is said of each."""

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
from geosites.core.errors import Phrase, Refused, phrase
from geosites.core.outside_geometry import require_flat
from geosites.imports.basemap.source import checked, is_osm

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
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_MOST_BYTES = 1 << 30
_MOST_VERTICES, _MOST_FEATURES = 900_000, 20_000
_AROUND_USE = 3.0
"""So many degrees around the ground for which a reference is meant it may be used too."""

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

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, chosen: Sequence[int]) -> BoundaryFile:
        """Return the file with these of its features alone, by position."""
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
    frame = _frame(path, layer)
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
    areas, faults = _areas(path.name, shapely.force_2d(placed.geometry.to_numpy()))
    faults += _far_from_use(path.name, reference, areas)
    columns = placed.drop(columns=placed.geometry.name)
    return BoundaryFile(
        name=path.name,
        columns={str(name): [_plain(v) for v in columns[name].tolist()] for name in columns},
        areas=areas,
        numbers=tuple(range(1, len(placed) + 1)),
        reference=reference.name,
        layer=str(frame.attrs.get("layer", "")),
        faults=tuple(faults),
    )


def _frame(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        if path.suffix.lower() == ".parquet":
            _require_flat(path)
            return gpd.read_parquet(path)
        if is_osm(path):
            return _administrative(path)
        chosen = layer or _only_layer(path)
        _require_few(path, int(pyogrio.read_info(path, layer=chosen)["features"]))
        frame = pyogrio.read_dataframe(path, layer=chosen, datetime_as_string=True)
        frame.attrs["layer"] = chosen
        return frame
    except (DataSourceError, DataLayerError, ValueError, pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path.name, reason=reason
        ) from error


def _require_few(path: Path, features: int) -> None:
    if features > _MOST_FEATURES:
        raise Refused(
            "%(path)s: holds %(count)s features, and a city has at most %(most)s territories",
            path=path.name,
            count=features,
            most=_MOST_FEATURES,
        )


def _far_from_use(
    name: str, reference: CRS, areas: npt.NDArray[np.object_]
) -> list[Phrase]:
    """Return that areas lie far from the ground for which their reference is meant, if they do.

    Coordinates in degrees that are told to be metres all lie at the origin of those.
    """
    use = reference.area_of_use
    there = [area for area in areas if area is not None]
    if use is None or not there or use.west > use.east:
        return []
    west, south, east, north = shapely.total_bounds(there).tolist()
    if (
        west <= use.east + _AROUND_USE
        and east >= use.west - _AROUND_USE
        and south <= use.north + _AROUND_USE
        and north >= use.south - _AROUND_USE
    ):
        return []
    return [
        phrase(
            "%(file)s: at %(lon)s, %(lat)s it is far from where %(reference)s is used "
            "(%(use)s): is another reference system meant?",
            file=name,
            lon=round((west + east) / 2, 2),
            lat=round((south + north) / 2, 2),
            reference=reference.name,
            use=use.name,
        )
    ]


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


def _areas(
    name: str, shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.object_], list[Phrase]]:
    """Return the shapes that are areas, None for others, and why."""
    areas, faults = shapes.copy(), []
    for at, shape in enumerate(shapes):
        why = None
        if shape is None or shape.is_empty:
            why = phrase("%(file)s, feature %(number)s: has no geometry", file=name, number=at + 1)
        elif shapely.get_type_id(shape) not in _AREAS:
            why = phrase(
                "%(file)s, feature %(number)s: is a %(kind)s and no polygon",
                file=name,
                number=at + 1,
                kind=shape.geom_type,
            )
        elif not np.isfinite(shapely.get_coordinates(shape)).all():
            why = phrase(
                "%(file)s, feature %(number)s: lies where its reference system has no place",
                file=name,
                number=at + 1,
            )
        if why is not None:
            areas[at] = None
            faults.append(why)
    return areas, faults


def _plain(value: object) -> object:
    """Return a value of a field as text or number; None for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
