"""Values, names and sheets larger than any table has, told by their line in every format."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from geosites.core.errors import Refused
from geosites.imports.source_options import SourceOptions
from imports.conftest import Load
from imports.sheets import xlsx

HEADER = "observed_at,lon,lat,headcount"
ROW = "2023-07-13T14:30,2.37,48.885,3"
SEEN = {"observed_at": "2023-07-13T14:30", "headcount": 3}
LONG = 70_000


def layer(path: Path, value: str) -> Path:
    rows = {name: [cell] * 2 for name, cell in {**SEEN, "unit": "BAC"}.items()}
    frame = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy([2.37] * 2, [48.885] * 2, crs=4326))
    frame.loc[1, "unit"] = value
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "fgb", "parquet", "json"])
def test_a_value_that_no_cell_holds_is_told_by_its_line(
    load: Load, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"file.{ending}"
    if ending == "json":
        layer(tmp_path / "file.geojson", "a" * LONG).rename(path)
    else:
        layer(path, "a" * LONG)
    why = r"line \d: column 'unit' holds 70000 characters; a value has at most 65536"
    with pytest.raises(Refused, match=why):
        load("sightings", path)


def test_a_value_as_long_as_a_cell_is_read(load: Load, tmp_path: Path) -> None:
    report = load("sightings", layer(tmp_path / "file.gpkg", "é" * 65_536))
    assert "characters; a value" not in str(report)


def test_many_features_of_large_values_are_read_in_small_pieces(load: Load, tmp_path: Path) -> None:
    count = 2000
    columns = {name: pa.repeat(cell, count) for name, cell in SEEN.items()}
    texts = pa.array([f"{number:06d}" * 10_000 for number in range(count)])
    table = pa.table({**columns, "lon": [2.37] * count, "lat": [48.885] * count, "note": texts})
    pq.write_table(table, tmp_path / "file.parquet", use_dictionary=False)
    report = load("sightings", tmp_path / "file.parquet", ignore=["note"])
    assert report.rows == count


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_a_name_that_no_sentence_can_name_is_told_by_its_place(load: Load, ending: str) -> None:
    name = "a" * 1001
    header, row = [*HEADER.split(","), name], [*ROW.split(","), "1"]
    mark = "\t" if ending == "tsv" else ","
    text = f"{mark.join(header)}\n{mark.join(row)}\n".encode()
    content = xlsx([header, row]) if ending == "xlsx" else text
    with pytest.raises(Refused, match="the name of column 5 has 1001 characters") as told:
        load("sightings", content, f"file.{ending}")
    assert len(str(told.value)) < 200


def test_of_very_many_unknown_columns_the_first_are_named(load: Load) -> None:
    more = [f"x{number}" for number in range(201)]
    text = f"{HEADER},{','.join(more)}\n{ROW}{',1' * 201}\n"
    with pytest.raises(
        Refused, match="201 columns are unknown, the first of them 'x0', 'x1'"
    ) as it:
        load("sightings", text)
    assert len(str(it.value)) < 1000
    few = text.replace("x200", "unit")
    with pytest.raises(Refused, match=r"columns 'x0', .*'x199' are unknown"):
        load("sightings", few)


def test_zeros_are_not_taken_for_another_encoding(load: Load) -> None:
    with pytest.raises(Refused, match="line 3: a row of more than 1 MB"):
        load("sightings", f"{HEADER}\n{ROW}\n".encode() + bytes(3_000_000))


def old_book(sheets: int) -> bytes:
    book, made = xlwt.Workbook(), io.BytesIO()
    for number in range(sheets):
        sheet = book.add_sheet(f"s{number}")
        for line, text in enumerate((HEADER, ROW) if number == sheets - 1 else ("a,b",)):
            for place, cell in enumerate(text.split(",")):
                sheet.write(line, place, cell)
        sheet.write(65_535, 200, "")
    book.save(made)
    return made.getvalue()


def test_of_very_many_sheets_of_an_old_workbook_one_is_to_be_named(load: Load) -> None:
    with pytest.raises(Refused, match=r"65 sheets: name the one to read \(--sheet\)"):
        load("sightings", old_book(65), "file.xls")
    options = SourceOptions(sheet="s64")
    assert load("sightings", old_book(65), "file.xls", options=options).rows == 1


def test_of_few_sheets_the_one_with_the_table_is_found(load: Load) -> None:
    assert load("sightings", old_book(5), "file.xls").rows == 1


def test_ragged_rows_of_a_byte_are_numbered_through(load: Load) -> None:
    text = f"{HEADER}\n{ROW}\n" + "a\n" * 9_000 + "\n\n" + f"{ROW}x\n"
    report = load("sightings", text)
    assert report.rows == 9_002
    assert report.refused[0].line == 3
    options = SourceOptions(max_rejects=9_001)
    report = load("sightings", text, options=options)
    assert report.refused_total == 9_001
