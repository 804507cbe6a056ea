"""Geometries of a layer as text columns: lon and lat, x and y, or wkt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geosites.core import city
from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import BadRow, WrongReference, phrase
from geosites.core.untrusted_geometry import from_wkb, from_wkb_one
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

MOST_WKB_BYTES = 1_600_000
"""A geometry is not larger than this: 100,000 vertices."""

_POINTS = (shapely.GeometryType.POINT,)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_COLLECTIONS = (shapely.GeometryType.MULTIPOINT, shapely.GeometryType.GEOMETRYCOLLECTION)
_NOTHING = (shapely.GeometryType.MISSING,)


@dataclass(frozen=True)
class Shapes:
    """The column `geometry` of a layer, and the `columns` of ours derived from it.

    `degrees` converts coordinates of its reference system to WGS 84, None if unnecessary.
    `instead`: columns of the file with the location, so that the geometries are not read.
    """

    geometry: str
    columns: tuple[str, ...]
    degrees: Transformer | None = None
    reference: str = ""
    instead: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        geometry: str,
        crs: object,
        kind: FileKind,
        fields: Sequence[str],
        options: ReadOptions,
    ) -> Shapes | None:
        """Return how the geometries of a layer are read, or None if it has none.

        They are ignored if the fields themselves have the location. Raises `WrongReference` if the
        reference system is missing or unknown.
        """
        if geometry not in fields:
            return None
        placed = {"lon", "lat", "x", "y", "wkt"} & {*fields} - {*options.ignored}
        if kind is FileKind.CLOSURES or placed or options.placed(fields):
            told = sorted(placed) if kind is not FileKind.CLOSURES else ()
            return cls(geometry, (), instead=tuple(told))
        system = _system(crs)
        if kind is FileKind.OPERATIONS and "radius_m" not in fields:
            return cls(geometry, ("wkt",), _to_degrees(system), system.name)
        if _is(system, city.metric()):
            return cls(geometry, ("x", "y"), None, system.name)
        return cls(geometry, ("lon", "lat"), _to_degrees(system), system.name)

    def remarks(self) -> tuple[str, ...]:
        """Return the notice on unread geometries."""
        if not self.instead:
            return ()
        ignore = " ".join(f"--ignore {name}" for name in self.instead)
        return (
            phrase(
                "the geometries were not read, as %(columns)s say the place; %(ignore)s reads them",
                columns=", ".join(self.instead),
                ignore=ignore,
            ),
        )

    def read(
        self, batch: pa.RecordBatch, lines: npt.NDArray[np.int64]
    ) -> tuple[dict[str, pa.Array], pa.Array | None, list[BadRow], list[str]]:
        """Return the columns of a batch, which rows have a valid geometry, and the others.

        Last come warnings about rings that were closed.
        """
        if not self.columns:
            return {}, None, [], []
        shapes, bad, warnings = self._decoded(batch.column(self.geometry), lines)
        wanted = _AREAS if self.columns == ("wkt",) else _POINTS
        if wanted is _POINTS:
            shapes = _lone_points(shapes)
        right = np.isin(shapely.get_type_id(shapes), (*wanted, *_NOTHING))
        bad += [
            BadRow(int(lines[row]), self.geometry, shapes[row].geom_type, _wrong_shape(wanted))
            for row in np.flatnonzero(~right).tolist()
        ]
        right &= ~np.isin(lines, [row.line for row in bad])
        made = self._drawn(shapes) if wanted is _AREAS else self._coordinates(shapes, right)
        return made, pa.array(right), sorted(bad, key=lambda row: row.line), warnings

    def _decoded(
        self, column: pa.Array, lines: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.object_], list[BadRow], list[str]]:
        storage = column.storage if isinstance(column, pa.ExtensionArray) else column
        large, bad = self._too_large(storage, lines)
        cells = np.array(pc.if_else(large, None, storage).to_pylist(), dtype=object)
        try:
            shapes = from_wkb(cells)
        except (shapely.errors.GEOSException, TypeError):
            shapes, more, warnings = self._decoded_singly(cells, lines)
            return shapes, [*bad, *more], warnings
        return shapes, bad, []

    def _too_large(
        self, cells: pa.Array, lines: npt.NDArray[np.int64]
    ) -> tuple[pa.Array, list[BadRow]]:
        """Return which geometries are larger than any honest one, and why they are refused."""
        sizes = pc.fill_null(pc.binary_length(cells), 0)
        large = pc.greater(sizes, MOST_WKB_BYTES)
        reason = phrase(
            "has more vertices than any area does (%(most)s)", most=MOST_WKB_BYTES // 16
        )
        rows = np.flatnonzero(large.to_numpy(zero_copy_only=False)).tolist()
        return large, [BadRow(int(lines[row]), self.geometry, "", reason) for row in rows]

    def _decoded_singly(
        self, cells: npt.NDArray[np.object_], lines: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.object_], list[BadRow], list[str]]:
        """Return geometries one by one: rings closed with a warning, others refused by feature."""
        shapes: npt.NDArray[np.object_] = np.full(len(cells), None, dtype=object)
        bad: list[BadRow] = []
        warnings: list[str] = []
        for row, (cell, line) in enumerate(zip(cells, lines.tolist(), strict=True)):
            try:
                shapes[row] = from_wkb_one(cell)
            except (shapely.errors.GEOSException, TypeError) as error:
                shapes[row] = _closed(cell)
                if shapes[row] is None:
                    reason = phrase("cannot be read: %(error)s", error=error)
                    bad.append(BadRow(line, self.geometry, "", reason))
                else:
                    warnings.append(
                        phrase("feature %(line)s: a ring was not closed; closed", line=line)
                    )
        return shapes, bad, warnings

    def _drawn(self, shapes: npt.NDArray[np.object_]) -> dict[str, pa.Array]:
        if self.degrees is not None:
            shapes = shapely.transform(shapes, self._turned)
        texts = shapely.to_wkt(shapes, rounding_precision=-1)
        return {"wkt": pa.array(texts.tolist(), pa.string())}

    def _coordinates(
        self, shapes: npt.NDArray[np.object_], right: npt.NDArray[np.bool_]
    ) -> dict[str, pa.Array]:
        none = ~right | shapely.is_missing(shapes) | shapely.is_empty(shapes)
        points = shapes.copy()
        points[none] = None
        pair = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
        if self.degrees is not None:
            pair = self._turned(pair)
        return {
            name: pc.cast(pa.array(values, mask=none), pa.string())
            for name, values in zip(self.columns, pair.T, strict=True)
        }

    def _turned(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        assert self.degrees is not None  # noqa: S101
        return np.column_stack(self.degrees.transform(points[:, 0], points[:, 1]))


def _lone_points(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return geometries, those of a single point as that point."""
    many = np.isin(shapely.get_type_id(shapes), _COLLECTIONS)
    if not many.any():
        return shapes
    lone = many & (shapely.get_num_geometries(shapes) == 1)
    return np.where(lone, shapely.get_geometry(shapes, 0), shapes)


def _closed(cell: object) -> shapely.Geometry | None:
    """Return a geometry with its rings closed, or None if that does not repair it."""
    try:
        return from_wkb_one(cell, on_invalid="fix")
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return None


def _wrong_shape(wanted: tuple[shapely.GeometryType, ...]) -> str:
    return phrase("is not a point") if wanted is _POINTS else phrase("is not a polygon")


def _system(crs: object) -> CRS:
    if crs is None:
        raise WrongReference("the file does not say its reference system")
    try:
        return CRS.from_user_input(crs).to_2d()
    except CRSError as error:
        raise WrongReference(
            "the reference system of the file is not known: %(name)s", name=str(crs)[:80]
        ) from error


def _is(system: CRS, code: int) -> bool:
    return bool(system.equals(CRS.from_epsg(code), ignore_axis_order=True))


def _to_degrees(system: CRS) -> Transformer | None:
    if _is(system, GEOGRAPHIC):
        return None
    return Transformer.from_crs(system, CRS.from_epsg(GEOGRAPHIC), always_xy=True)
