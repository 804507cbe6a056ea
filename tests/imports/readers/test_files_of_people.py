"""Files as people have them: what was lost, guessed or refused before is read, or named."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import sqlite3
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.core.errors import Refused
from geosites.db.geography import sites
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.imports.importing import ToConfirm
from geosites.imports.source_options import SourceOptions
from imports.conftest import Load
from imports.sheets import changed, claiming, ods, xls, xlsx

HEADER = ("observed_at", "lon", "lat", "headcount")
AT = dt.datetime(2023, 7, 13, 14, 30)
POINT = {"type": "Point", "coordinates": [2.3605, 48.8842]}
SEEN = {"observed_at": "2023-07-13T14:30:00+02:00", "headcount": 3}
CONFIRMED = SourceOptions(confirmed=True)


@pytest.fixture
def rows(conn: sa.Connection) -> Callable[[], list[tuple[Any, ...]]]:
    """Return a function that tells what was stored: Paris clocks, heads, unit."""

    def stored() -> list[tuple[Any, ...]]:
        columns = (sighting.c.observed_at, sighting.c.headcount, sighting.c.unit)
        found = conn.execute(sa.select(*columns).order_by(*columns))
        return [
            (at.astimezone(city.zone()).isoformat()[:16], heads, unit) for at, heads, unit in found
        ]

    return stored


Rows = Callable[[], list[tuple[Any, ...]]]


def feature(geometry: object, **more: object) -> str:
    """Return a collection of one feature."""
    one = {"type": "Feature", "geometry": geometry, "properties": {**SEEN, **more}}
    return json.dumps({"type": "FeatureCollection", "features": [one]})


def told(report: Any) -> str:
    return " | ".join(report.warnings)


# --- CSV ---


def test_a_column_without_name_and_value_is_passed_over_and_told(load: Load) -> None:
    report = load("sightings", "observed_at,lon,lat,headcount,\n2023-07-13T14:30,2.37,48.885,12,\n")
    assert (report.rows, report.added) == (1, 1)
    assert "no value: column 5" in told(report)


def test_a_value_in_a_column_without_a_name_is_not_lost(load: Load) -> None:
    text = "observed_at,lon,lat,headcount,\n2023-07-13T14:30,2.37,48.885,12,north\n"
    with pytest.raises(Refused, match="column 5 of the header has no name and holds 'north'"):
        load("sightings", text)
    assert load("sightings", text, columns={"unit": "column 5"}).added == 1
    assert load("sightings", text, ignore=["column 5"]).added == 1


def test_a_late_value_in_a_column_without_a_name_is_named(load: Load) -> None:
    good = "2023-07-13T14:30,2.37,48.885,12,\n"
    report = load("sightings", f"{','.join(HEADER)},\n{good * 30}{good.strip()}late\n")
    (bad,) = report.refused
    assert (bad.line, bad.column, bad.value) == (32, "column 5", "late")


def test_blank_rows_are_passed_over_and_counted(load: Load) -> None:
    text = "observed_at,lon,lat,headcount\n2023-07-13T14:30,2.37,48.885,12\n,,,\n , ,,\n,,,,\n"
    report = load("sightings", text)
    assert (report.rows, report.added, report.blank) == (1, 1, 3)
    assert "blank rows passed over: 3" in told(report)


def test_values_beyond_the_header_are_passed_over_only_where_blank(load: Load) -> None:
    line = "2023-07-13T14:30,2.37,48.885,12"
    assert load("sightings", f"{','.join(HEADER)}\n{line},,\n").added == 1
    (bad,) = load("sightings", f"{','.join(HEADER)}\n{line},,x\n").refused
    assert bad.reason == "has 6 values for 4 columns"


def test_spaces_of_any_kind_are_blank(load: Load) -> None:
    text = "observed_at,lon,lat,headcount\n2023-07-13T14:30,2.37,48.885,12\n\u00a0,\u202f,\t,\n"
    report = load("sightings", text)
    assert (report.rows, report.added, report.blank) == (1, 1, 1)


def test_a_row_may_lack_the_columns_that_have_no_name(load: Load) -> None:
    report = load("sightings", f"{','.join(HEADER)},,\n2023-07-13T14:30,2.37,48.885,12\n")
    assert (report.rows, report.added) == (1, 1)
    (bad,) = load("sightings", f"{','.join(HEADER)},,\n2023-07-13T14:30,2.37,48.885\n").refused
    assert bad.reason == "has 3 values for 6 columns"


def test_stray_quotation_marks_are_marks(load: Load, rows: Rows) -> None:
    text = (
        f"{','.join(HEADER)},unit\n"
        '2023-07-13T14:30,2.37,48.885,12,5" step\n'
        '2023-07-13T15:30,2.37,48.885,12,6" step\n'
        "2023-07-13T16:30,2.37,48.885,3,ok\n"
    )
    assert load("sightings", text).added == 3
    assert [unit for _, _, unit in rows()] == ['5" step', '6" step', "ok"]


def test_text_after_a_closing_mark_is_refused_by_its_line(load: Load) -> None:
    text = (
        f"{','.join(HEADER)},unit\n"
        '2023-07-13T14:30,2.37,48.885,12,"5" step\n'
        '2023-07-13T15:30,2.37,48.885,12,"6"" step"\n'
        '2023-07-13T16:30,2.37,48.885,3,"a"b\n'
    )
    report = load("sightings", text)
    assert [bad.line for bad in report.refused] == [2, 4]
    assert all('quotation mark (")' in bad.reason for bad in report.refused)


def test_french_excel_is_proposed_and_confirmed(load: Load, rows: Rows) -> None:
    text = (
        "observed_at;lon;lat;headcount\n"
        "05/10/2022 14:30;2,3899;48,8998;12\n"
        "05/10/2022 15:00;2,3700;48,8850;0\n"
    )
    with pytest.raises(ToConfirm, match="%d/%m/%Y %H:%M"):
        load("sightings", text)
    assert rows() == []
    report = load("sightings", text, dry_run=True)
    assert (report.rows, report.added, report.refused_total) == (2, 2, 0)
    assert [item.option for item in report.to_confirm] == ["--time 'observed_at=%d/%m/%Y %H:%M'"]
    assert load("sightings", text, options=CONFIRMED).added == 2
    assert rows() == [("2022-10-05T14:30", 12, None), ("2022-10-05T15:00", 0, None)]


def test_what_a_day_above_twelve_shows_needs_no_confirmation(load: Load, rows: Rows) -> None:
    text = (
        "observed_at;lon;lat;headcount\n"
        "05/10/2022 14:30;2,37;48,885;1\n"
        "25/10/2022 9h05;2,37;48,885;2\n"
    )
    assert load("sightings", text).added == 2
    assert [at for at, _, _ in rows()] == ["2022-10-05T14:30", "2022-10-25T09:05"]


def test_what_the_options_say_is_not_asked(load: Load, rows: Rows) -> None:
    text = "observed_at,lon,lat,headcount\n05/10/2022 02:30:00 PM,2.37,48.885,1\n"
    options = SourceOptions(times={"observed_at": ("%d/%m/%Y %I:%M:%S %p",)})
    assert load("sightings", text, options=options).added == 1
    assert rows() == [("2022-10-05T14:30", 1, None)]


def test_a_decimal_comma_is_read_and_told(load: Load, conn: sa.Connection) -> None:
    report = load(
        "sightings", "observed_at;lon;lat;headcount\n2022-10-05 14:30;2,3899;48,8998;12\n"
    )
    assert (report.added, report.decimal_comma) == (1, True)
    place = sa.func.ST_Transform(sighting.c.point, 4326)
    lon, lat = conn.execute(sa.select(sa.func.ST_X(place), sa.func.ST_Y(place))).one()
    assert (lon, lat) == (pytest.approx(2.3899, abs=1e-7), pytest.approx(48.8998, abs=1e-7))


def test_thousands_in_a_whole_number_are_not_taken_for_a_decimal_comma(load: Load) -> None:
    report = load(
        "sightings", 'observed_at,lon,lat,headcount\n2023-07-13,2.37,48.885,"1,234"\n', dry_run=True
    )
    assert report.refused_total == 1
    assert not report.to_confirm


def test_columns_that_are_not_known_are_named_with_the_option(load: Load) -> None:
    text = "observed_at;lon;lat;headcount;agent;le mot\n2022-10-05 14:30;2.3899;48.8998;12;X;RAS\n"
    with pytest.raises(Refused, match="--ignore agent --ignore 'le mot'"):
        load("sightings", text)


@pytest.mark.parametrize(
    ("said", "shown"), [("12 personnes", "12"), ("~15", "15"), ("env. 20", "20")]
)
def test_words_beside_a_number_are_refused_with_what_is_expected(
    load: Load, said: str, shown: str
) -> None:
    (bad,) = load("sightings", f"{','.join(HEADER)}\n2022-10-05,2.3899,48.8998,{said}\n").refused
    assert bad.value == said
    assert bad.reason == (f"is more than a number: a whole number is expected, such as {shown}")


def test_windows_1252_is_proposed(load: Load, rows: Rows) -> None:
    text = f"{','.join(HEADER)},unit\n2023-07-13T14:30,2.37,48.885,3,Unité d’été\n".encode("cp1252")
    with pytest.raises(ToConfirm, match=r"line 2 is not UTF-8 \(byte 0xe9\)"):
        load("sightings", text)
    assert load("sightings", text, options=SourceOptions(encoding="windows-1252")).added == 1
    assert rows() == [("2023-07-13T14:30", 3, "Unité d’été")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_does_not_say_so_is_proposed(load: Load, rows: Rows, encoding: str) -> None:
    header = "observed_at\tlon\tlat\theadcount\tunit"
    text = f"{header}\n2023-07-13T14:30\t2.37\t48.885\t3\tété\n".encode(encoding)
    with pytest.raises(ToConfirm, match=f"the bytes are those of {encoding}"):
        load("sightings", text, "file.tsv")
    assert load("sightings", text, "file.tsv", options=SourceOptions(encoding=encoding)).added == 1
    assert rows() == [("2023-07-13T14:30", 3, "été")]


def test_utf_16_says_so_itself(load: Load, rows: Rows) -> None:
    text = "observed_at\tlon\tlat\theadcount\tunit\n2023-07-13T14:30\t2.37\t48.885\t3\tété\n"
    assert load("sightings", text.encode("utf-16"), "file.tsv").added == 1
    assert rows()[0][2] == "été"


def test_titles_totals_and_the_line_of_excel_are_left_out_and_told(load: Load) -> None:
    text = (
        "sep=;\nRelevé octobre;;;\n\nobserved_at;lon;lat;headcount\n"
        "2022-10-05 14:30;2,37;48,885;12\nTotal;;;12\n;;;\n"
    )
    report = load("sightings", text)
    assert (report.rows, report.added, report.left_out, report.blank) == (1, 1, 1, 1)
    assert "line 6: a total, left out" in told(report)


@pytest.mark.parametrize("label", ["Total", "TOTAL GÉNÉRAL", "Sous-total", "Summe"])
def test_a_total_is_labelled_in_a_column_that_is_passed_over(load: Load, label: str) -> None:
    text = (
        "bureau;agent;observed_at;lon;lat;headcount\n"
        "Nord;PP;2022-10-05 14:30;2,37;48,885;12\n"
        f"{label};;;;;12\n"
    )
    report = load("sightings", text, ignore=("bureau", "agent"))
    assert (report.rows, report.added, report.left_out) == (1, 1, 1)
    assert "line 3: a total, left out" in told(report)


# --- places ---


def test_the_site_alone_is_a_place(load: Load, conn: sa.Connection) -> None:
    report = load("sightings", "observed_at,site,headcount\n2022-10-05T14:30,forceval,12\n")
    assert (report.added, report.at_site) == (1, 1)
    assert "precision site: 1" in told(report)
    perimeter = sites.get(conn, "forceval").perimeter
    row = conn.execute(
        sa.select(sa.func.ST_AsBinary(sighting.c.point), sighting.c.accuracy_m)
    ).one()
    point = shapely.from_wkb(bytes(row[0]))
    assert perimeter.covers(point)
    assert perimeter.within(point.buffer(row.accuracy_m + 0.01, quad_segs=256))


def test_a_row_with_coordinates_keeps_them_beside_its_site(load: Load) -> None:
    text = (
        "observed_at,site,lon,lat,headcount\n"
        "2022-10-05,forceval,,,12\n"
        "2022-10-05,forceval,2.37,48.885,3\n"
    )
    report = load("sightings", text)
    assert (report.added, report.at_site) == (2, 1)
    assert load(
        "sightings", "observed_at,site,lon,lat,headcount\n2022-10-05,forceval,2.37,,1\n"
    ).refused


def test_a_site_that_is_not_known_is_named_and_not_its_missing_place(load: Load) -> None:
    text = "observed_at,site,headcount\n2022-10-05T14:30,Forceval,12\n2022-10-05T14:30,,12\n"
    unknown, nowhere = load("sightings", text).refused
    assert (unknown.column, unknown.value) == ("site", "Forceval")
    assert unknown.reason == "no such site; did you mean forceval?"
    assert (nowhere.column, nowhere.reason) == ("lon", "is missing")


def test_an_operation_may_lie_at_its_site(load: Load, conn: sa.Connection) -> None:
    text = "started_at,ended_at,kind,site\n2022-10-05T06:00,2022-10-05T09:00,dispersal,forceval\n"
    assert load("operations", text).added == 1
    area = conn.execute(sa.select(sa.func.ST_Area(operation.c.area))).scalar_one()
    assert area == pytest.approx(sites.get(conn, "forceval").perimeter.area, rel=1e-4)


# --- workbooks ---


def test_a_merged_title_and_times_as_text_are_read(load: Load, rows: Rows) -> None:
    book = xlsx(
        [
            ["Relevé octobre 2022"],
            HEADER,
            [dt.datetime(2022, 10, 5, 14, 30), 2.3899, 48.8998, 12],
            ["05/10/2022 15h10", "2,37", "48,885", "12"],
        ],
        change=lambda part: part.replace(
            "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:D1"/></mergeCells>'
        ),
    )
    report = load("sightings", book, "file.xlsx", options=CONFIRMED)
    assert report.added == 2
    assert [at for at, _, _ in rows()] == ["2022-10-05T14:30", "2022-10-05T15:10"]


@pytest.mark.parametrize("extent", ["A1:D2", "A1:B4", "A1", "A1:XFD1048576"])
def test_the_extent_that_a_sheet_claims_loses_nothing(load: Load, rows: Rows, extent: str) -> None:
    table = [HEADER, *([AT, 2.37 + place / 1000, 48.885, 3 + place] for place in range(3))]
    assert load("sightings", xlsx(table, change=claiming(extent)), "file.xlsx").added == 3
    assert sorted(heads for _, heads, _ in rows()) == [3, 4, 5]


@pytest.mark.parametrize(
    "form", ["mm:ss.0", "[h]:mm", "dd/mm/yyyy", "dddd d mmmm", "[$-40C]d mmm yyyy;@"]
)
def test_a_time_keeps_its_clock_whatever_its_format_shows(
    load: Load, rows: Rows, form: str
) -> None:
    for name, make in (("file.xlsx", xlsx), ("file.xls", xls)):
        load("sightings", make([HEADER, [AT, 2.37, 48.885, 3]], form), name)
    assert rows() == [("2023-07-13T14:30", 3, None)]


@pytest.mark.parametrize(
    ("form", "precision"), [("dd/mm/yyyy", "day"), ("dd/mm/yy hh:mm", "instant")]
)
def test_midnight_is_a_day_only_where_no_clock_is_shown(
    load: Load, conn: sa.Connection, form: str, precision: str
) -> None:
    for name, make in (("file.xlsx", xlsx), ("file.xls", xls)):
        load("sightings", make([HEADER, [dt.datetime(2023, 7, 13), 2.37, 48.885, 3]], form), name)
    found = conn.execute(sa.select(sighting.c.time_precision)).scalars().all()
    assert found == [precision]


def test_a_hidden_sheet_is_not_read_and_the_one_read_is_named(load: Load) -> None:
    table = [HEADER, [AT, 2.37, 48.885, 3]]
    for name, make in (("file.xls", xls), ("file.ods", ods)):
        report = load("sightings", make(table, hidden=[["patrol", "call"]]), name, dry_run=True)
        assert (report.added, report.facts["sheet"]) == (1, "data")
        assert "lists (--sheet)" in told(report)


def test_the_sheet_can_be_chosen_and_must_be_where_two_may_be_meant(load: Load) -> None:
    book, whole = openpyxl.Workbook(), io.BytesIO()
    for name, heads in (("Lisez-moi", None), ("mai", 5), ("juin", 6)):
        sheet = book.create_sheet(name)
        for row in (["Ce fichier…"],) if heads is None else (HEADER, [AT, 2.37, 48.885, heads]):
            sheet.append(list(row))
    del book["Sheet"]
    book.save(whole)
    with pytest.raises(ToConfirm, match="--sheet mai"):
        load("sightings", whole.getvalue(), "file.xlsx")
    options = SourceOptions(sheet="juin")
    assert load("sightings", whole.getvalue(), "file.xlsx", options=options).added == 1
    with pytest.raises(Refused, match="no sheet 'juillet'"):
        load("sightings", whole.getvalue(), "file.xlsx", options=SourceOptions(sheet="juillet"))


def test_a_far_cell_costs_nothing_and_one_that_says_something_is_named(load: Load) -> None:
    book = xlsx([HEADER, [AT, 2.37, 48.885, 3]])
    far = '<row r="20000"><c r="XFD20000" s="0"{}</row></sheetData>'
    empty = changed(book, lambda part: part.replace("</sheetData>", far.format("/>")))
    said = far.format(' t="inlineStr"><is><t>x</t></is></c>')
    filled = changed(book, lambda part: part.replace("</sheetData>", said))
    started = time.process_time()
    assert load("sightings", empty, "file.xlsx", dry_run=True).added == 1
    (bad,) = load("sightings", filled, "file.xlsx").refused
    assert (bad.line, bad.value) == (20000, "x")
    assert "cell XFD20000" in bad.reason
    assert time.process_time() - started < 4
    assert load("sightings", filled, "file.xlsx", ignore=["column 16384"]).rows == 1


def test_an_opendocument_spreadsheet_is_read(load: Load, rows: Rows) -> None:
    tail = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
        "</table:table-row>"
    )
    table = [
        ["Relevé"],
        [],
        HEADER,
        [AT, 2.37, 48.885, 3],
        ["2023-07-13T15:00", "2,37", "48,885", 4],
    ]
    assert load("sightings", ods(table, tail=tail), "file.ods").added == 2
    assert [heads for _, heads, _ in rows()] == [3, 4]


# --- layers ---


def test_a_layer_without_features_says_so(load: Load) -> None:
    with pytest.raises(Refused, match="no features"):
        load("sightings", '{"type": "FeatureCollection", "features": []}', "file.geojson")


@pytest.mark.parametrize("ending", ["geojson", "json"])
def test_a_text_with_nul_is_refused_by_feature_and_field(load: Load, ending: str) -> None:
    with pytest.raises(Refused, match="feature 1: field 'unit' holds the character NUL"):
        load("sightings", feature(POINT, unit="A\x00B"), f"file.{ending}")


def test_a_nul_that_is_not_escaped_is_refused_too(load: Load) -> None:
    text = feature(POINT, unit="A\x00B").replace("\\u0000", "\x00")
    with pytest.raises(Refused, match="feature 1: field 'unit' holds the character NUL"):
        load("sightings", text, "file.geojson")


def test_a_collection_without_its_member_has_no_features(load: Load) -> None:
    for text in (
        '{"type": "FeatureCollection"}',
        '{"type": "FeatureCollection", "features": null}',
    ):
        with pytest.raises(Refused, match="no features"):
            load("sightings", text, "file.geojson")


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "EPSG:999999"}},
        {"properties": {"name": "Lambert, as we call it"}, "type": "name"},
        {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}},
        {"properties": {"type": "ogcwkt", "href": "http://127.0.0.1:9/crs"}, "type": "link"},
        {"type": "EPSG", "properties": {"code": 999999}},
    ],
)
def test_a_reference_that_is_not_known_is_not_taken_for_degrees(
    load: Load, crs: dict[str, object]
) -> None:
    text = json.dumps({"type": "FeatureCollection", "crs": crs, **json.loads(feature(POINT))})
    with pytest.raises(Refused, match="reference system of the file is not known"):
        load("sightings", text, "file.geojson")


def test_a_backslash_before_u0000_is_no_nul(load: Load, rows: Rows) -> None:
    assert load("sightings", feature(POINT, unit="A\\u0000B"), "file.geojson").added == 1
    assert rows()[0][2] == "A\\u0000B"


def test_the_geometry_is_read_where_x_and_y_are_passed_over(load: Load) -> None:
    text = feature(POINT, x=775012.4, y=2956000.1)
    assert load("sightings", text, "file.geojson", ignore=["x", "y"]).added == 1


def test_a_collection_of_one_point_is_a_point(load: Load) -> None:
    many = {"type": "MultiPoint", "coordinates": [POINT["coordinates"]]}
    boxed = {"type": "GeometryCollection", "geometries": [POINT]}
    assert load("sightings", feature(many), "a.geojson").added == 1
    assert load("sightings", feature(boxed), "b.geojson").already_there == 1
    two = {"type": "MultiPoint", "coordinates": [POINT["coordinates"]] * 2}
    (bad,) = load("sightings", feature(two), "c.geojson").refused
    assert (bad.line, bad.reason) == (1, "is not a point")


def test_a_ring_that_is_not_closed_is_closed_with_a_warning(load: Load) -> None:
    ring = [[2.36, 48.88], [2.37, 48.88], [2.37, 48.885], [2.36, 48.885]]
    properties = {
        "started_at": "2023-07-13T14:30:00+02:00",
        "ended_at": "2023-07-13T16:30:00+02:00",
        "kind": "dispersal",
    }
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [coordinates]},
            "properties": {**properties, "arrests": number},
        }
        for number, coordinates in enumerate([[*ring, ring[0]], ring])
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    report = load("operations", text, "file.geojson")
    assert report.added == 2
    assert "feature 2: a ring was not closed; closed" in report.warnings


def test_a_geopackage_with_a_project_has_one_layer(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "file.gpkg"
    points = gpd.points_from_xy([2.3605], [48.8842], crs=4326)
    frame = gpd.GeoDataFrame({name: [value] for name, value in SEEN.items()}, geometry=points)
    frame.to_file(path, layer="seen")
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
        )
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('qgis_projects', 'attributes', 'qgis_projects')"
        )
    db.close()
    assert load("sightings", path, dry_run=True).facts["layer"] == "seen"
    frame.to_file(path, layer="other")
    with pytest.raises(Refused, match="--layer"):
        load("sightings", path)
    assert load("sightings", path, options=SourceOptions(layer="other")).added == 1


def test_a_shapefile_alone_or_packed_is_read(load: Load, tmp_path: Path, rows: Rows) -> None:
    points = gpd.points_from_xy([2.3605], [48.8842], crs=4326)
    frame = gpd.GeoDataFrame({"at": [SEEN["observed_at"]], "heads": [3]}, geometry=points)
    frame.to_crs(3857).to_file(tmp_path / "seen.shp")
    named = {"columns": {"observed_at": "at", "headcount": "heads"}}
    assert load("sightings", tmp_path / "seen.shp", **named).added == 1
    with zipfile.ZipFile(tmp_path / "seen.zip", "w") as archive:
        for part in tmp_path.glob("seen.[!z]*"):
            archive.write(part, f"folder/{part.name}")
    assert load("sightings", tmp_path / "seen.zip", **named).rows == 1


@pytest.mark.parametrize(
    ("geo", "why"),
    [
        (b"{not json", "not JSON"),
        (b'{"version":"1.1.0","columns":{}}', "no primary column"),
        (b"[]", "no primary column"),
        (b'{"primary_column":"geometry","columns":[]}', "say nothing"),
        (b'{"primary_column":"shape","columns":{"shape":{"encoding":"WKB"}}}', "not there"),
        (b'{"primary_column":"geometry","columns":{"geometry":{}}}', "encoded as None"),
        (
            b'{"primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","crs":null}}}',
            "does not say",
        ),
        (
            b'{"primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","crs":7}}}',
            "reference",
        ),
    ],
    ids=range(8),
)
def test_broken_geo_metadata_are_told_in_one_sentence(
    load: Load, tmp_path: Path, geo: bytes, why: str
) -> None:
    point = shapely.to_wkb(shapely.Point(2.3605, 48.8842))
    table = pa.table({**{name: [value] for name, value in SEEN.items()}, "geometry": [point]})
    pq.write_table(table.replace_schema_metadata({b"geo": geo}), tmp_path / "file.parquet")
    with pytest.raises(Refused, match=why):
        load("sightings", tmp_path / "file.parquet")


@pytest.mark.parametrize("kind", [pa.binary(16), pa.binary(), pa.large_binary()], ids=str)
def test_nan_is_nothing_and_a_uuid_may_be_bytes(
    load: Load, tmp_path: Path, conn: sa.Connection, kind: pa.DataType
) -> None:
    name = uuid.uuid4()
    table = pa.table(
        {
            "id": pa.array([name.bytes], kind),
            "observed_at": [SEEN["observed_at"]],
            "lon": [2.3605],
            "lat": [48.8842],
            "headcount": [3.0],
            "accuracy_m": [np.nan],
        }
    )
    pq.write_table(table, tmp_path / "file.parquet")
    assert load("sightings", tmp_path / "file.parquet").added == 1
    assert conn.execute(sa.select(sighting.c.id)).scalar_one() == name


# --- JSON that is not GeoJSON, archives ---


@pytest.mark.parametrize(
    "wrap",
    [
        json.dumps,
        lambda rows: json.dumps({"records": rows}),
        lambda rows: "\n".join(json.dumps(row) for row in rows),
    ],
)
def test_lists_of_objects_are_tables(load: Load, wrap: Callable[[object], str]) -> None:
    row = {**SEEN, "lon": 2.3605, "lat": 48.8842, "unit": None}
    assert load("sightings", wrap([row, {**row, "headcount": 4}]), "file.json").added == 2


def test_features_of_arcgis_are_rows(load: Load, rows: Rows) -> None:
    document = {
        "spatialReference": {"wkid": 4326},
        "features": [
            {"attributes": {"when": 1689251400000, "n": 3}, "geometry": {"x": 2.36, "y": 48.884}}
        ],
    }
    named = {"columns": {"observed_at": "when", "headcount": "n"}}
    assert load("sightings", json.dumps(document), "file.json", **named).added == 1
    assert rows() == [("2023-07-13T14:30", 3, None)]


@pytest.mark.parametrize("wkid", [3857, 102100, 32631])
def test_features_of_arcgis_may_lie_in_any_reference(
    load: Load, conn: sa.Connection, wkid: int
) -> None:
    there = gpd.GeoSeries.from_xy([2.3605], [48.8842], crs=4326)
    (point,) = there.to_crs(3857 if wkid == 102100 else wkid)
    document = {
        "spatialReference": {"wkid": wkid},
        "features": [{"attributes": SEEN, "geometry": {"x": point.x, "y": point.y}}],
    }
    assert load("sightings", json.dumps(document), "file.json").added == 1
    place = sa.func.ST_Transform(sighting.c.point, 4326)
    lon, lat = conn.execute(sa.select(sa.func.ST_X(place), sa.func.ST_Y(place))).one()
    assert (lon, lat) == (pytest.approx(2.3605, abs=1e-6), pytest.approx(48.8842, abs=1e-6))


def test_features_of_arcgis_in_an_unknown_reference_are_refused(load: Load) -> None:
    document = {
        "spatialReference": {"wkid": 999999},
        "features": [{"attributes": SEEN, "geometry": {"x": 1, "y": 2}}],
    }
    with pytest.raises(Refused, match="not known: 999999"):
        load("sightings", json.dumps(document), "file.json")


def test_an_archive_of_two_tables_is_refused_by_their_names(load: Load, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.zip", "w") as archive:
        for name in ("a.csv", "b.csv", "read me.pdf", "__MACOSX/._a.csv"):
            archive.writestr(name, "x")
    with pytest.raises(Refused, match=r"2 files that can be read, not one: a\.csv, b\.csv"):
        load("sightings", tmp_path / "file.zip")


# --- which rows are taken, and what is left out ---


def test_a_filter_takes_rows_and_counts_the_others(load: Load) -> None:
    text = (
        "observed_at,lon,lat,type\n2023-07-13T14:30,2.37,48.885,Needle Pickup\n"
        "2023-07-13T14:30,2.37,48.885,Graffiti\n2023-07-14T14:30,2.37,48.885,Needle Pickup\n"
    )
    options = SourceOptions(where="type = Needle Pickup")
    report = load("sightings", text, constants={"headcount": "1"}, options=options)
    assert (report.rows, report.added, report.left_out) == (2, 2, 1)
    with pytest.raises(Refused, match=r"'Needle Pickup' \(2\)"):
        load(
            "sightings",
            text,
            constants={"headcount": "1"},
            options=SourceOptions(where="type = needles"),
        )


def test_bad_rows_are_left_out_up_to_a_number_and_written_with_reasons(
    load: Load, tmp_path: Path
) -> None:
    good = "2023-07-13T14:30,2.37,48.885,3"
    bad = "2023-07-13,5.4,43.3,1\n2023-07-13,,,2\n2023-07-13,2.37,48.885,=1+1\n"
    text = f"{','.join(HEADER)}\n{good}\n{bad}"
    rejects = tmp_path / "rejects.csv"
    refused = load("sightings", text, options=SourceOptions(max_rejects=2), rejects=rejects)
    assert (refused.added, refused.refused_total, refused.refused_whole) == (0, 3, True)
    report = load("sightings", text, options=SourceOptions(max_rejects=3), rejects=rejects)
    assert (report.rows, report.added, report.already_there) == (4, 1, 0)
    assert (report.refused_total, report.refused_whole) == (3, False)
    lines = rejects.read_text().splitlines()
    assert lines[0].startswith("reject_line,reject_column,reject_value,reject_reason,observed_at")
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "5"]
    assert "'=1+1" in lines[3]
    again = load("sightings", rejects.read_text().replace("'=1+1", "7"))
    assert (again.refused_total, again.rows) == (2, 3)


# --- several columns, other clocks ---


def test_date_and_time_may_stand_in_columns_of_their_own(load: Load, rows: Rows) -> None:
    text = (
        "an;mois;jour;hrmn;lat;long\n2022;10;5;930;48,8842;2,3605\n2022;10;5;15:10;48,8842;2,3605\n"
    )
    report = load("visits", text, columns={"observed_at": "an+mois+jour+hrmn", "lon": "long"})
    assert report.added == 2
    assert [at for at, _, _ in rows()] == ["2022-10-05T09:30", "2022-10-05T15:10"]


def test_a_zone_is_that_of_times_without_an_offset(load: Load, conn: sa.Connection) -> None:
    text = "observed_at,lon,lat,headcount\n2023-07-13T14:30,2.37,48.885,3\n"
    report = load("sightings", text, options=SourceOptions(zone="America/New_York"))
    assert report.zone == "America/New_York"
    at = conn.execute(sa.select(sighting.c.observed_at)).scalar_one()
    assert at == dt.datetime(2023, 7, 13, 14, 30, tzinfo=ZoneInfo("America/New_York"))
    twice = text.replace("2023-07-13T14:30", "2022-11-06T01:30")
    (bad,) = load("sightings", twice, options=SourceOptions(zone="America/New_York")).refused
    assert "clocks of America/New_York: write 2022-11-06T01:30-04:00 or" in bad.reason
    with pytest.raises(Refused, match="not a time zone"):
        load("sightings", text, options=SourceOptions(zone="Boston"))


# --- hostile sizes ---


def swelling_xlsx() -> bytes:
    return changed(xlsx([HEADER]), lambda part: part + " " * 120_000_000)


def swelling_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 120_000_000)
    return made.getvalue()


def swelling_gzip(told: bool) -> bytes:
    """Return good rows that swell; where not `told`, the size at the end is that of a short one."""
    row = b"2023-07-13T14:30,2.37,48.885,3\n"
    packed = gzip.compress(f"{','.join(HEADER)}\n".encode() + row * 4_000_000, 9)
    return packed if told else packed + gzip.compress(row)


def swelling_parquet() -> bytes:
    sink = io.BytesIO()
    count = 30_000_000
    table = pa.table({name: pa.repeat("x", count).dictionary_encode() for name in HEADER})
    pq.write_table(table, sink, row_group_size=count)
    return sink.getvalue()


HOSTILE = {
    "wide.csv": lambda: b"," * 900_000 + b"\n1\n",
    "wide.json": lambda: json.dumps([{f"c{n}": 1 for n in range(50_000)}]).encode(),
    "deep.json": lambda: b"[" * 200_000,
    "deep.geojson": lambda: b'{"type":"FeatureCollection","features":' + b"[" * 200_000,
    "swell.xlsx": swelling_xlsx,
    "swell.zip": swelling_zip,
    "swell.csv.gz": lambda: swelling_gzip(told=True),
    "two members.csv.gz": lambda: swelling_gzip(told=False),
    "swell.parquet": swelling_parquet,
    "repeat.ods": lambda: ods(
        [HEADER],
        tail='<table:table-row table:number-rows-repeated="2000000000">'
        '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sizes_are_refused_at_once(load: Load, name: str) -> None:
    content = HOSTILE[name]()
    started = time.process_time()
    with pytest.raises(Refused):
        load("sightings", content, name)
    assert time.process_time() - started < 2
