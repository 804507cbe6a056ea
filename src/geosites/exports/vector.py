"""Files with geometries: GeoPackage, GeoParquet, FlatGeobuf and GeoJSON, in WGS 84."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS

from geosites.core.crs import GEOGRAPHIC
from geosites.exports import qgis_styles
from geosites.exports.exported_columns import SHAPE
from geosites.exports.metadata import About

_WKB = {b"ARROW:extension:name": b"geoarrow.wkb"}
_ELSEWHERE = ("lon", "lat", "wkt")
"""Columns that duplicate the geometry."""
_BOX, _SIDES = "bbox", ("xmin", "ymin", "xmax", "ymax")
_BOX_TYPE = pa.struct([(side, pa.float64()) for side in _SIDES])
_STAMPS = {"gpkg_contents": "last_change", "gpkg_metadata_reference": "timestamp"}
"""Timestamps in a GeoPackage, set to the instant of knowledge for reproducible bytes."""


def geojson(path: Path, batches: pa.RecordBatchReader, about: About) -> None:
    """Write a feature collection, with the metadata in its member `about`."""
    with path.open("w", encoding="utf-8") as file:
        answer = json.dumps(about, ensure_ascii=False)
        file.write(f'{{"type": "FeatureCollection", "about": {answer}, "features": [')
        separator = "\n"
        for batch in batches:
            for feature in _features(batch):
                file.write(separator + feature)
                separator = ",\n"
        file.write("\n]}\n")


def _features(batch: pa.RecordBatch) -> Iterator[str]:
    shapes = shapely.to_geojson(shapely.from_wkb(batch.column(SHAPE).to_pylist()))
    rows = batch.drop_columns(_dropped(batch.schema)).to_pylist()
    for shape, row in zip(shapes, rows, strict=True):
        properties = json.dumps(row, ensure_ascii=False)
        yield f'{{"type": "Feature", "geometry": {shape or "null"}, "properties": {properties}}}'


def gpkg(path: Path, batches: pa.RecordBatchReader, about: About) -> None:
    """Write a GeoPackage of one layer, with a style that QGIS finds."""
    kind = about["kind"]
    _by_gdal(path, batches, about, driver="GPKG", layer=kind, geometry_name="geom")
    with closing(sqlite3.connect(path)) as book, book:
        qgis_styles.add(book, kind)
        for table, column in _STAMPS.items():
            stamped = f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', ?)"  # noqa: S608 - our own names
            book.execute(stamped, (about["as_known_at"],))


def flatgeobuf(path: Path, batches: pa.RecordBatchReader, about: About) -> None:
    """Write FlatGeobuf with its spatial index, and the metadata in its description."""
    options = {"TITLE": about["title"], "DESCRIPTION": json.dumps(about, ensure_ascii=False)}
    _by_gdal(path, batches, about, driver="FlatGeobuf", layer=about["kind"], layer_options=options)


def _by_gdal(path: Path, batches: pa.RecordBatchReader, about: About, **options: object) -> None:
    schema = _schema(batches.schema, "geom", _WKB)
    moved = (_moved(batch, schema) for batch in batches)
    metadata = {"geosites": json.dumps(about, ensure_ascii=False)}
    answer = {"layer_metadata": metadata} if options["driver"] == "GPKG" else {}
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, moved),
        path,
        geometry_type=_geometry_type(batches.schema),
        crs=f"EPSG:{GEOGRAPHIC}",
        **{"geometry_name": "geom", **answer, **options},
    )


def parquet(path: Path, batches: pa.RecordBatchReader, about: About) -> None:
    """Write GeoParquet 1.1, one row group per batch; points also have lon and lat columns.

    The bounding box of each geometry is in a separate column, so that readers can skip row groups.
    """
    schema = _schema(batches.schema, "geometry", keep=("lon", "lat"))
    answer = {
        "geo": json.dumps(_geo(batches.schema)),
        "geosites": json.dumps(about, ensure_ascii=False),
    }
    boxed = schema.append(pa.field(_BOX, _BOX_TYPE)).with_metadata(answer)
    with pq.ParquetWriter(path, boxed, compression="zstd") as writer:
        for batch in batches:
            moved = _moved(batch, schema)
            columns = [*moved.columns, _boxes(batch.column(SHAPE))]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=boxed))


def _geo(schema: pa.Schema) -> dict[str, object]:
    """Return the `geo` metadata of the GeoParquet specification."""
    kinds = ["Point"] if "lon" in schema.names else ["Polygon", "MultiPolygon"]
    column = {
        "encoding": "WKB",
        "geometry_types": kinds,
        "crs": CRS.from_user_input("OGC:CRS84").to_json_dict(),
        "covering": {"bbox": {side: [_BOX, side] for side in _SIDES}},
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _boxes(shapes: pa.Array) -> pa.Array:
    """Return the box around each geometry; null where there is none."""
    found = shapely.from_wkb(shapes.to_pylist())
    bounds = shapely.bounds(found)
    nothing = np.isnan(bounds).any(axis=1)
    sides = [pa.array(side, pa.float64()) for side in bounds.T]
    return pa.StructArray.from_arrays(sides, fields=list(_BOX_TYPE), mask=pa.array(nothing))


def _schema(
    given: pa.Schema,
    geometry: str,
    marked: Mapping[bytes, bytes] | None = None,
    keep: Collection[str] = (),
) -> pa.Schema:
    """Return the schema of a file: the columns given, and the geometry at their end."""
    fields = [field for field in given if field.name not in _dropped(given) or field.name in keep]
    return pa.schema([*fields, pa.field(geometry, pa.binary(), metadata=marked)])


def _moved(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch in the columns of a file, the geometry last."""
    columns = [batch.column(name) for name in schema.names[:-1]]
    return pa.RecordBatch.from_arrays([*columns, batch.column(SHAPE)], schema=schema)


def _dropped(schema: pa.Schema) -> list[str]:
    return [name for name in (*_ELSEWHERE, SHAPE) if name in schema.names]


def _geometry_type(schema: pa.Schema) -> str:
    return "Point" if "lon" in schema.names else "MultiPolygon"
