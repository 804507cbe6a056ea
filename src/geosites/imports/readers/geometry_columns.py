"""Geometries of a layer as columns of text: lon and lat, x and y, or wkt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geosites.core.crs import GEOGRAPHIC, METRIC, geometry_to_geographic
from geosites.core.errors import BadRow, Refused, WrongReference, phrase
from geosites.validation import FileKind

_POINTS = (shapely.GeometryType.POINT,)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_NOTHING = (shapely.GeometryType.MISSING,)


@dataclass(frozen=True)
class Shapes:
    """The column `geometry` of a layer, and the `columns` of ours that are made of it."""

    geometry: str
    columns: tuple[str, ...]
    metric: bool

    @classmethod
    def of(cls, geometry: str, crs: object, kind: FileKind, fields: Sequence[str]) -> Shapes | None:
        """Return how the geometries of a layer are read, or None where it has none.

        They are passed over where the fields themselves say where a row lies.
        Raises `WrongReference` for coordinates other than WGS 84 or EPSG:2154.
        """
        if geometry not in fields:
            return None
        answer = {"lon", "lat", "x", "y", "wkt"} & set(fields)
        if kind is FileKind.CLOSURES or answer:
            return cls(geometry, (), metric=False)
        metric = _is_metric(crs)
        if kind is FileKind.OPERATIONS and "radius_m" not in fields:
            return cls(geometry, ("wkt",), metric)
        return cls(geometry, ("x", "y") if metric else ("lon", "lat"), metric)

    def read(
        self, batch: pa.RecordBatch, lines: npt.NDArray[np.int64]
    ) -> tuple[dict[str, pa.Array], pa.Array | None, list[BadRow]]:
        """Return the columns made of a batch, which rows are of the right shape, and the others."""
        if not self.columns:
            return {}, None, []
        shapes = _decoded(batch.column(self.geometry))
        wanted = _AREAS if self.columns == ("wkt",) else _POINTS
        kinds = shapely.get_type_id(shapes)
        right = np.isin(kinds, (*wanted, *_NOTHING))
        bad = [
            BadRow(int(lines[row]), self.geometry, shapes[row].geom_type, _wrong_shape(wanted))
            for row in np.flatnonzero(~right).tolist()
        ]
        made = self._drawn(shapes) if wanted is _AREAS else self._coordinates(shapes, right)
        return made, pa.array(right), bad

    def _drawn(self, shapes: npt.NDArray[np.object_]) -> dict[str, pa.Array]:
        if self.metric:
            shapes = np.array(
                [None if shape is None else geometry_to_geographic(shape) for shape in shapes],
                dtype=object,
            )
        texts = shapely.to_wkt(shapes, rounding_precision=-1)
        return {"wkt": pa.array(texts.tolist(), pa.string())}

    def _coordinates(
        self, shapes: npt.NDArray[np.object_], right: npt.NDArray[np.bool_]
    ) -> dict[str, pa.Array]:
        none = ~right | shapely.is_missing(shapes) | shapely.is_empty(shapes)
        pair = (shapely.get_x(shapes), shapely.get_y(shapes))
        return {
            name: pc.cast(pa.array(values, mask=none), pa.string())
            for name, values in zip(self.columns, pair, strict=True)
        }


def _decoded(column: pa.Array) -> npt.NDArray[np.object_]:
    storage = column.storage if isinstance(column, pa.ExtensionArray) else column
    try:
        cells = np.array(storage.to_pylist(), dtype=object)
        shapes: npt.NDArray[np.object_] = np.asarray(shapely.from_wkb(cells), dtype=object)
    except (shapely.errors.GEOSException, TypeError) as error:
        raise Refused("a geometry cannot be read: %(error)s", error=error) from error
    return shapes


def _wrong_shape(wanted: tuple[shapely.GeometryType, ...]) -> str:
    return phrase("is not a point") if wanted is _POINTS else phrase("is not a polygon")


def _is_metric(crs: object) -> bool:
    try:
        given = CRS.from_user_input(crs).to_2d()
    except CRSError as error:
        raise WrongReference("the file does not say its reference system") from error
    for code in (METRIC, GEOGRAPHIC):
        if given.equals(CRS.from_epsg(code), ignore_axis_order=True):
            return code == METRIC
    raise WrongReference(
        "coordinates are in %(name)s; give WGS 84 or EPSG:%(metric)s",
        name=given.name,
        metric=METRIC,
    )
