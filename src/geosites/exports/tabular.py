"""Tables without geometries: CSV, plain and gzipped, and Excel workbooks."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geosites.core.spreadsheet_formulas import UNPROTECTED
from geosites.exports.exported_columns import SHAPE
from geosites.exports.metadata import About

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MOST_XLSX_ROWS = 1_048_575
ABOUT_SHEET = "about"


def csv(path: Path, batches: pa.RecordBatchReader, _: About) -> None:
    """Write CSV, UTF-8 with commas."""
    with path.open("wb") as file:
        _rows(file, batches)


def packed_csv(path: Path, batches: pa.RecordBatchReader, _: About) -> None:
    """Write gzipped CSV; the same rows give the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        _rows(file, batches)


def _rows(file: BinaryIO | gzip.GzipFile, batches: pa.RecordBatchReader) -> None:
    options = pa_csv.WriteOptions(quoting_style="needed")
    schema = _plain(batches.schema.empty_table()).schema
    with pa_csv.CSVWriter(file, schema, write_options=options) as writer:
        for table in _tables(batches):
            writer.write(_protected(table))


def _tables(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    for batch in batches:
        yield _plain(pa.Table.from_batches([batch]))


def _plain(table: pa.Table) -> pa.Table:
    return table.drop_columns([SHAPE])


def _protected(table: pa.Table) -> pa.Table:
    """Return a table with texts escaped against interpretation as formulas."""
    columns = [
        pc.replace_substring_regex(column, UNPROTECTED, r"'\1")
        if pa.types.is_string(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


def xlsx(path: Path, batches: pa.RecordBatchReader, about: About) -> None:
    """Write a workbook: the rows on its first sheet, the metadata on the second."""
    import openpyxl  # takes memory that only workbooks need

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(about["kind"])
    sheet.append(_plain(batches.schema.empty_table()).schema.names)
    for table in _tables(batches):
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            sheet.append([_cell(sheet, value) for value in row])
    notes = book.create_sheet(ABOUT_SHEET)
    for name, value in about.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        notes.append([_cell(notes, name), _cell(notes, text)])
    book.properties.title = about["title"]
    book.properties.creator = about["made_by"]
    known_at = dt.datetime.fromisoformat(about["as_known_at"]).astimezone(dt.UTC)
    book.properties.created = book.properties.modified = known_at.replace(tzinfo=None)
    book.save(path)


def _cell(sheet: WriteOnlyWorksheet, value: object) -> object:
    """Return a cell that holds text as text, whatever it starts with."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell
