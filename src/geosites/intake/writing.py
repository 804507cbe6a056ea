"""Tables into files, by the file's ending, a batch at a time."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pyogrio
import shapely
from openpyxl.cell import WriteOnlyCell

from geosites.crs import GEOGRAPHIC
from geosites.errors import Refused

Write = Callable[[Any], None]
Writer = Callable[[Path, Any], AbstractContextManager[Write]]

_FORMULA = r"^('*[=+\-@\t\r])"
"""How a text starts that a spreadsheet would take for a formula."""

_MOST_XLSX_ROWS = 1_048_575
_DRAWN = "wkt"
_POINT = ("lon", "lat")


@contextmanager
def open_target(path: Path, schema: Any) -> Iterator[Write]:
    """Open a file for tables of one schema; it appears under its name once all is written."""
    writer = _writer(path)
    if not path.absolute().parent.is_dir():
        raise Refused(f"there is no folder {path.absolute().parent}")
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".geosites-") as folder:
        unfinished = Path(folder) / path.name
        with writer(unfinished, schema) as write:
            yield write
        unfinished.replace(path)


def _writer(path: Path) -> Writer:
    for ending, writer in _WRITERS.items():
        if path.name.lower().endswith(ending):
            return writer
    raise Refused(f"{path.name} ends in none of {', '.join(_WRITERS)}")


@contextmanager
def _csv(path: Path, schema: Any) -> Iterator[Write]:
    options = pa_csv.WriteOptions(quoting_style="needed")
    with path.open("wb") as file, pa_csv.CSVWriter(file, schema, write_options=options) as writer:
        yield lambda table: writer.write(_protected(table))


@contextmanager
def _packed_csv(path: Path, schema: Any) -> Iterator[Write]:
    options = pa_csv.WriteOptions(quoting_style="needed")
    with (
        gzip.open(path, "wb") as file,
        pa_csv.CSVWriter(file, schema, write_options=options) as writer,
    ):
        yield lambda table: writer.write(_protected(table))


def _protected(table: Any) -> Any:
    """Return a table whose texts no spreadsheet takes for a formula."""
    columns = [
        pc.replace_substring_regex(column, _FORMULA, r"'\1")
        if pa.types.is_string(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


@contextmanager
def _parquet(path: Path, schema: Any) -> Iterator[Write]:
    with pq.ParquetWriter(path, schema) as writer:
        yield writer.write_table


@contextmanager
def _xlsx(path: Path, schema: Any) -> Iterator[Write]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(schema.names)
    written = 0

    def write(table: Any) -> None:
        nonlocal written
        written += len(table)
        if written > _MOST_XLSX_ROWS:
            raise Refused(f"a sheet holds {_MOST_XLSX_ROWS} rows; write .csv or .parquet")
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            sheet.append([_cell(sheet, value) for value in row])

    yield write
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell that holds text as text, whatever it starts with."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


@contextmanager
def _geojson(path: Path, _: Any) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        separator = "\n"

        def write(table: Any) -> None:
            nonlocal separator
            for row in table.to_pylist():
                file.write(separator + json.dumps(_feature(row), ensure_ascii=False))
                separator = ",\n"

        yield write
        file.write("\n]}\n")


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    shape = _shape(row)
    properties = {name: row[name] for name in row if name not in (*_POINT, _DRAWN)}
    geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@contextmanager
def _gpkg(path: Path, schema: Any) -> Iterator[Write]:
    def write(table: Any) -> None:
        shapes = [_shape(row) for row in table.to_pylist()]
        plain = table.drop_columns(
            [name for name in (*_POINT, _DRAWN) if name in table.schema.names]
        )
        pyogrio.write_arrow(
            plain.append_column("geom", pa.array(shapely.to_wkb(shapes), pa.binary())),
            path,
            layer="geosites",
            driver="GPKG",
            geometry_name="geom",
            geometry_type="MultiPolygon" if _DRAWN in table.schema.names else "Point",
            crs=f"EPSG:{GEOGRAPHIC}",
            append=path.exists(),
        )

    write(schema.empty_table())
    yield write


def _shape(row: Mapping[str, Any]) -> Any:
    if _DRAWN in row:
        return shapely.from_wkt(row[_DRAWN])
    return shapely.Point(row["lon"], row["lat"]) if "lon" in row else None


_WRITERS: Mapping[str, Writer] = {
    ".csv": _csv,
    ".csv.gz": _packed_csv,
    ".xlsx": _xlsx,
    ".geojson": _geojson,
    ".gpkg": _gpkg,
    ".parquet": _parquet,
}
