"""Files of another hand: what other programs make of a header, of lines and of what is blank."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from itertools import pairwise

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.imports import ImportReport
from geosites.imports.readers.line_ends import LineEnds
from imports.conftest import Load
from imports.sheets import ods, xls, xlsx

HEADER = ("observed_at", "lon", "lat", "headcount", "unit")
each = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""A dry run leaves nothing behind, so that examples may share a connection."""

Row = tuple[str, str, str, str, str]
rows_ = st.lists(
    st.tuples(
        st.datetimes(dt.datetime(2022, 1, 1, 4), dt.datetime(2022, 3, 1)).map(
            lambda at: f"{at:%Y-%m-%dT%H:%M}"
        ),
        st.integers(0, 99).map(lambda n: f"2.37{n:02d}"),
        st.integers(0, 99).map(lambda n: f"48.88{n:02d}"),
        st.integers(0, 80).map(str),
        st.sampled_from(["Nord", "Équipe 2", "a; b", '5" step', ""]),
    ),
    min_size=1,
    max_size=6,
)
capitals = st.sampled_from([str.upper, str.title, str.capitalize, lambda name: f" {name.upper()} "])


def written(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def taken(report: ImportReport, rows: Sequence[object]) -> None:
    """Check that every row would be added, and none is refused."""
    assert not report.refused
    assert (report.rows, report.added) == (len(rows), len(rows))


@each
@given(rows=rows_, letters=capitals, kind=st.sampled_from(["csv", "txt", "tsv", "xlsx", "ods"]))
def test_a_header_in_capitals_is_ours(
    load: Load, rows: list[Row], letters: object, kind: str
) -> None:
    table = [[letters(name) for name in HEADER], *rows]  # type: ignore[operator]
    made: str | bytes = written(table, "\t" if kind == "tsv" else ",")
    if kind in ("xlsx", "ods"):
        made = {"xlsx": xlsx, "ods": ods}[kind](table)
    taken(load("sightings", made, f"file.{kind}", dry_run=True), rows)


def test_two_columns_that_differ_by_capitals_are_not_one(load: Load) -> None:
    row = "2023-07-13T14:30,2.37,48.885,3,4"
    with pytest.raises(Refused, match="'HEADCOUNT' is unknown"):
        load("sightings", f"observed_at,lon,lat,headcount,HEADCOUNT\n{row}\n")
    with pytest.raises(Refused, match="unknown"):
        load("sightings", f"observed_at,lon,lat,Headcount,HEADCOUNT\n{row}\n")


def test_a_name_in_capitals_that_was_said_is_that_of_the_file(load: Load) -> None:
    text = "OBSERVED_AT,LON,LAT,HEADCOUNT,UNIT\n2023-07-13T14:30,2.37,48.885,3,4\n"
    options = {"columns": {"headcount": "UNIT"}, "ignore": ["HEADCOUNT"]}
    assert load("sightings", text, dry_run=True, **options).added == 1


@each
@given(rows=rows_, degrees=st.booleans(), beside=st.booleans())
def test_x_and_y_of_gdal_are_degrees_where_they_must_be(
    load: Load, rows: list[Row], degrees: bool, beside: bool
) -> None:
    places = [(lon, lat) if degrees else ("654321.5", "6866321.5") for _, lon, lat, *_ in rows]
    table = [
        [*place, at, heads, *(["3"] if beside else [])]
        for place, (at, _, _, heads, _) in zip(places, rows, strict=True)
    ]
    head = ["X", "Y", "observed_at", "headcount", *(["accuracy_m"] if beside else [])]
    report = load("sightings", written([head, *table]), dry_run=True)
    taken(report, rows)
    assert any("X and Y hold degrees" in told for told in report.warnings) is degrees


def test_x_and_y_where_one_is_no_degree_are_metres(load: Load) -> None:
    rows = ["2.37,48.885,2023-07-13,3", "654321.5,6866321.5,2023-07-13,3"]
    text = "\n".join(["X,Y,observed_at,headcount", *rows, ""])
    report = load("sightings", text, dry_run=True)
    assert [(bad.line, bad.column) for bad in report.refused] == [(2, "x")]


@each
@given(
    files=st.lists(rows_, min_size=2, max_size=4),
    letters=st.sampled_from([str, str.upper, lambda name: f" {name} "]),
    mark=st.booleans(),
    kind=st.sampled_from(["csv", "xlsx", "xls", "ods"]),
)
def test_a_header_that_is_repeated_is_left_out_and_told(
    load: Load, files: list[list[Row]], letters: object, mark: bool, kind: str
) -> None:
    again = [letters(name) for name in HEADER]  # type: ignore[operator]
    if mark and kind == "csv":
        again[0] = "\ufeff" + again[0]
    table = [list(HEADER), *files[0], *(row for rows in files[1:] for row in (again, *rows))]
    made = {"xlsx": xlsx, "xls": xls, "ods": ods}[kind](table) if kind != "csv" else written(table)
    report = load("sightings", made, f"file.{kind}", dry_run=True)
    taken(report, [row for rows in files for row in rows])
    assert report.left_out == len(files) - 1
    line = len(files[0]) + 2
    assert f"line {line}: the header again, left out" in report.warnings


def test_another_header_in_the_middle_is_refused(load: Load) -> None:
    """What follows it would be read by the wrong names."""
    good = "2023-07-13T14:30,2.37,48.885,3,5"
    text = f"observed_at,lon,lat,headcount,accuracy_m\n{good}\n"
    other = "observed_at,lon,lat,accuracy_m,headcount\n"
    report = load("sightings", text + other + good + "\n", dry_run=True)
    assert [bad.line for bad in report.refused] == [3]


@each
@given(
    rows=rows_,
    first=st.sampled_from([0, 1]),
    name=st.sampled_from(["", "Unnamed: 0"]),
    kind=st.sampled_from(["csv", "xlsx", "xls", "ods"]),
    twice=st.booleans(),
)
def test_an_index_without_a_name_is_passed_over_and_told(
    load: Load, rows: list[Row], first: int, name: str, kind: str, twice: bool
) -> None:
    numbered = [[str(first + place), *row] for place, row in enumerate(rows)]
    every = [*numbered, *numbered] if twice and len(rows) > 1 else numbered
    table = [[name, *HEADER], *every]
    made = {"xlsx": xlsx, "xls": xls, "ods": ods}[kind](table) if kind != "csv" else written(table)
    report = load("sightings", made, f"file.{kind}", dry_run=True)
    taken(report, every)
    assert any("counts the rows: column 1" in told for told in report.warnings)


@pytest.mark.parametrize("values", ["5 6 7", "0 7 3", "1 1 1", "0 x 2", "0 1 1"])
def test_what_does_not_count_the_rows_is_no_index(load: Load, values: str) -> None:
    lines = [f"{value},2023-07-13T14:30,2.37,48.885,3" for value in values.split()]
    text = "\n".join([",observed_at,lon,lat,headcount", *lines])
    if values[0] not in "01":
        with pytest.raises(Refused, match="has no name"):
            load("sightings", text, dry_run=True)
        return
    report = load("sightings", text, dry_run=True)
    assert report.refused_total
    assert all(bad.column == "column 1" for bad in report.refused)


def test_an_index_that_pandas_keeps_in_parquet_is_passed_over(load: Load, tmp_path: object) -> None:
    frame = pd.DataFrame(
        [["2023-07-13T14:30", 2.37, 48.885, 3]] * 2, columns=list(HEADER[:4]), index=[5, 9]
    )
    made = io.BytesIO()
    frame.to_parquet(made)
    report = load("sightings", made.getvalue(), "file.parquet", dry_run=True)
    taken(report, [5, 9])
    assert any("__index_level_0__" in told for told in report.warnings)


@each
@given(
    rows=rows_,
    group=st.sampled_from(["Lieu", "", "Position (GPS)"]),
    title=st.booleans(),
    kind=st.sampled_from(["csv", "xlsx", "xls", "ods"]),
)
def test_names_on_two_lines_are_one_header(
    load: Load, rows: list[Row], group: str, title: bool, kind: str
) -> None:
    above = ["observed_at", group, "", "headcount", "unit"]
    below = ["", "lon", "lat", "", ""]
    table = [*([["Relevé 2022"]] if title else []), above, below, *rows]
    made = {"xlsx": xlsx, "xls": xls, "ods": ods}[kind](table) if kind != "csv" else written(table)
    report = load("sightings", made, f"file.{kind}", dry_run=True)
    taken(report, rows)
    first = 1 + title
    assert f"the header is on lines {first} and {first + 1}" in report.warnings


@each
@given(words=st.lists(st.sampled_from(["x", "Y", "id", "unit", ""]), min_size=2, max_size=2))
def test_names_among_the_values_of_a_row_make_no_header(load: Load, words: list[str]) -> None:
    head = "observed_at,lon,lat,headcount,nom,note"
    row = f"2023-07-13T14:30,2.37,48.885,3,{','.join(words)}"
    report = load("sightings", f"{head}\n{row}\n", ignore=("nom", "note"), dry_run=True)
    taken(report, [row])


@each
@given(
    rows=rows_,
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]), min_size=7, max_size=7),
    marks=st.integers(0, 2),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_ends_of_lines_of_any_kind_and_marks(
    load: Load, rows: list[Row], ends: list[str], marks: int, encoding: str
) -> None:
    lines = [written([row], end="") for row in (HEADER, *rows)]
    text = "".join(line + end for line, end in zip(lines, ends, strict=False))
    whole = ("\ufeff" * marks if encoding == "utf-8" else "") + text
    report = load("sightings", whole.encode(encoding), dry_run=True)
    taken(report, rows)


@given(
    data=st.text("a\r\n", max_size=30).map(str.encode),
    cuts=st.lists(st.integers(0, 30), max_size=4),
)
def test_ends_of_lines_are_the_same_wherever_the_bytes_are_cut(
    data: bytes, cuts: list[int]
) -> None:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    ends = LineEnds()
    parts = [data[a:b] for a, b in pairwise(places)]
    made = b"".join(ends.read(part, last=False) for part in parts) + ends.read(b"", last=True)
    assert made == re.sub(rb"\r(?!\r*\n)", b"\n", data)
    assert ends.mended is (made != data)


def test_a_long_file_of_an_old_mac_loses_no_row(load: Load) -> None:
    rows = ["2023-07-13T14:30,2.37,48.885,3"] * 60_000
    text = "\r".join(["observed_at,lon,lat,headcount", *rows])
    report = load("sightings", text, dry_run=True)
    assert (report.rows, report.refused_total) == (60_000, 0)
    assert "carriage returns without a newline were taken for ends of lines" in report.warnings


@each
@given(
    rows=rows_,
    kind=st.sampled_from(["geojsonl", "geojsons", "ndjson", "jsonl", "geojson", "json"]),
    record=st.booleans(),
    mark=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    last=st.booleans(),
    broken=st.none() | st.sampled_from(["{", "# note", "[1]", '{"a": 1}', '{"type": "Feature"']),
)
def test_features_on_lines_are_all_read_or_refused_by_line(
    load: Load,
    rows: list[Row],
    kind: str,
    record: bool,
    mark: bool,
    end: str,
    last: bool,
    broken: str | None,
) -> None:
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"observed_at": at, "headcount": int(heads)},
                "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]},
            }
        )
        for at, lon, lat, heads, _ in rows
    ]
    if broken is not None:
        lines.append(broken)
    text = end.join(("\x1e" if record else "") + line for line in lines)
    whole = (text + (end if last else "")).encode("utf-8-sig" if mark else "utf-8")
    if broken is None:
        taken(load("sightings", whole, f"file.{kind}", dry_run=True), rows)
        return
    line = 1 + len(rows) * end.count("\n")
    with pytest.raises(Refused, match=f"line {line} holds no single feature"):
        load("sightings", whole, f"file.{kind}", dry_run=True)


@pytest.mark.parametrize("other", ['{"a": 1}', "7", "null", '"x"', "[]"])
def test_what_is_no_feature_in_a_collection_is_refused_by_number(load: Load, other: str) -> None:
    feature = json.dumps(
        {
            "type": "Feature",
            "properties": {"observed_at": "2023-07-13T14:30", "headcount": 3},
            "geometry": {"type": "Point", "coordinates": [2.37, 48.885]},
        }
    )
    text = f'{{"type": "FeatureCollection", "features": [{feature}, {other}, {feature}]}}'
    with pytest.raises(Refused, match="feature 2 is none"):
        load("sightings", text, "file.geojson", dry_run=True)


@each
@given(heads=st.integers(1_000, 99_999))
def test_commas_beside_decimal_points_are_no_decimal_commas(load: Load, heads: int) -> None:
    text = f"observed_at;lon;lat;headcount\n2023-07-13T14:30;2.37;48.885;{heads:,}\n"
    report = load("sightings", text, dry_run=True)
    assert [(bad.column, bad.value) for bad in report.refused] == [("headcount", f"{heads:,}")]
    assert not report.to_confirm


def test_a_place_in_fields_beside_a_geometry_is_told(load: Load) -> None:
    told = {"observed_at": "2023-07-13T14:30", "headcount": 3, "x": 654321.5, "y": 6866321.5}
    feature = {
        "type": "Feature",
        "properties": told,
        "geometry": {"type": "Point", "coordinates": [2.37, 48.885]},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    report = load("sightings", text, "file.geojson", dry_run=True)
    assert report.added == 1
    assert any("--ignore x --ignore y reads them" in warning for warning in report.warnings)


@pytest.mark.parametrize("cell", ["E20000", "XFD2", "XFD20000"])
def test_a_cell_far_away_is_named(load: Load, cell: str) -> None:
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.active.append(HEADER[:4])
    book.active.append(["2023-07-13T14:30", 2.37, 48.885, 3])
    book.active[cell] = "x"
    book.save(made)
    report = load("sightings", made.getvalue(), "file.xlsx", dry_run=True)
    assert len(report.refused) == 1
    assert cell in str(report.refused[0].reason)
