"""For each kind of file that was lost or refused before: its relatives, made by Hypothesis."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core import city
from geosites.core.errors import Refused
from geosites.db.geography import sites, territories
from geosites.db.postgres.connection import Store
from geosites.imports.importing import LIMIT_BYTES
from geosites.imports.open_file import ImportRequest, read_blocks
from geosites.imports.row_filter import row_filter
from geosites.imports.source_options import SourceOptions
from geosites.imports.time_format_candidates import form_of
from geosites.validation import Block, ColumnPlan, Context, FileKind, WatchedTerritories, read
from geosites.validation.date_times.time_patterns import pattern
from geosites.validation.date_times.times import instants
from geosites.validation.source_notation import Notation
from geosites.validation.table_columns.text_columns import Faults
from geosites.validation.value_rules import number
from imports.sheets import claiming, ods, xls, xlsx
from samples.impersonal import impersonal

HEADER = ("observed_at", "lon", "lat", "headcount", "unit")
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)

times = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2026, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
units = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="'\\"),
    max_size=10,
).map(lambda text: " ".join(text.split()).lstrip("=+-@"))
rows_ = st.lists(
    st.tuples(
        times.filter(lambda at: at.hour > 3),
        st.integers(0, 9999).map(lambda n: f"2.3{n:04d}"),
        st.integers(0, 9999).map(lambda n: f"48.8{n:04d}"),
        st.integers(0, 80),
        units.filter(lambda text: "total" not in text.lower() and impersonal(text)),
    ),
    min_size=1,
    max_size=8,
)
Row = tuple[dt.datetime, str, str, int, str]


@pytest.fixture(scope="module")
def context(shared_store: Store) -> Context:
    with shared_store.begin() as conn:
        ground, slugs = WatchedTerritories.of(territories.frame(conn)), sites.slugs(conn)
        return Context(now=NOW, ground=ground, sites=slugs, perimeters=sites.perimeters(conn))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relatives")


Read = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def told(context: Context, folder: Path) -> Read:
    """Return a function that reads a file of sightings: clocks, heads and unit of each row."""

    def go(
        content: bytes,
        name: str,
        options: SourceOptions | None = None,
        zone: ZoneInfo | None = None,
    ) -> list[tuple[object, ...]]:
        path = folder / name
        path.write_bytes(content)
        options = options or SourceOptions()
        request = ImportRequest(
            path, FileKind.SIGHTINGS, ColumnPlan(), options=options, limit_bytes=LIMIT_BYTES
        )
        with request.opened() as opened:
            source, plan = request.shaped(opened)
            reading = read_blocks(source, plan, FileKind.SIGHTINGS, options)
            return list(_rows(reading.blocks, context, zone or city.zone()))

    return go


def _rows(blocks: Iterator, context: Context, zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    for piece, block in blocks:
        assert not piece.bad
        result = read(block, FileKind.SIGHTINGS, context)
        inside = {row["line"]: row for row in result.table.to_pylist()}
        assert all(bad.column in ("lon", "lat") for bad in result.bad), result.bad
        for place, line in enumerate(block.lines.tolist()):
            at = inside[line]["observed_at"].astimezone(zone) if line in inside else None
            heads, unit = block.text("headcount", place), block.text("unit", place)
            yield at and at.replace(tzinfo=None), heads, unit


def expected(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(str(heads), unit) for _, _, _, heads, unit in rows]


def check(found: list[tuple[object, ...]], rows: Sequence[Row]) -> None:
    """Check that every row is there, and at its time wherever it lies inside."""
    assert [row[1:] for row in found] == expected(rows)
    assert all(row[0] in (None, given[0]) for row, given in zip(found, rows, strict=True))


def table(rows: Sequence[Row], form: str, comma: bool) -> list[list[str]]:
    def decimal(text: str) -> str:
        return text.replace(".", ",") if comma else text

    return [
        [at.strftime(form), decimal(lon), decimal(lat), str(heads), unit]
        for at, lon, lat, heads, unit in rows
    ]


FORMS = [
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%y %Hh%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%dT%H:%M",
]


@settings(max_examples=60)
@given(
    rows=rows_,
    form=st.sampled_from(FORMS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    delimiter=st.sampled_from(";\t"),
    blank=st.integers(0, 3),
    trailing=st.integers(0, 2),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_french_excel_and_its_relatives(
    told: Read,
    rows: list[Row],
    form: str,
    encoding: str,
    delimiter: str,
    blank: int,
    trailing: int,
    end: str,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow([*HEADER, *[""] * trailing])
    for row in table(rows, form, comma=True):
        writer.writerow([*row, *[""] * trailing])
        text.write((delimiter * 4 + end) * blank)
    found = told(text.getvalue().encode(encoding), "file.csv")
    check(found, rows)


@settings(max_examples=60)
@given(
    rows=rows_,
    units=st.lists(st.text('ab" ', min_size=1, max_size=6), min_size=8, max_size=8),
)
def test_quotation_marks_within_a_value_are_kept(
    told: Read, rows: list[Row], units: list[str]
) -> None:
    """A value that does not begin with a mark is what it is, marks included."""
    named = [f"x{unit}".strip() for unit in units[: len(rows)]]
    lines = [
        f"{at:%Y-%m-%dT%H:%M},{lon},{lat},{heads},{unit}"
        for (at, lon, lat, heads, _), unit in zip(rows, named, strict=True)
    ]
    found = told("\n".join([",".join(HEADER), *lines]).encode(), "file.csv")
    assert [row[2] for row in found] == named


@settings(max_examples=40)
@given(
    rows=rows_,
    kind=st.sampled_from(["xlsx", "xlsm", "xls", "ods"]),
    form=st.sampled_from(["yyyy-mm-dd hh:mm", "mm:ss.0", "[h]:mm", "dd/mm/yyyy", "h:mm AM/PM"]),
    extent=st.sampled_from(["A1", "A1:B2", "A1:XFD1048576", "C3:D9"]),
    title=st.integers(0, 3),
)
def test_workbooks_of_any_kind_format_and_claim(
    told: Read, rows: list[Row], kind: str, form: str, extent: str, title: int
) -> None:
    cells = [
        [at, float(lon), float(lat), heads, unit or None] for at, lon, lat, heads, unit in rows
    ]
    whole = [*[["Relevé"]] * title, HEADER, *cells]
    made = {
        "xlsx": lambda: xlsx(whole, form, claiming(extent)),
        "xlsm": lambda: xlsx(whole, form, claiming(extent)),
        "xls": lambda: xls(whole, form),
        "ods": lambda: ods(whole),
    }[kind]()
    check(told(made, f"file.{kind}"), rows)


PATTERNS = [
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%y",
    "%Y%m%d%H%M%S",
    "%Y %m %d %H%M",
    "%d %b %Y %Hh%M",
    "%b %d, %Y %I:%M %p",
    "%d-%b-%y",
    "%Y-%m-%dT%H:%M:%S.%f",
]


@given(
    at=times,
    text=st.sampled_from(PATTERNS),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Indian/Reunion", "UTC"]),
)
def test_a_time_written_by_a_pattern_is_read_by_it(at: dt.datetime, text: str, zone: str) -> None:
    written = at.strftime(text)
    block = Block(
        {"observed_at": pa.array([written])},
        np.ones(1, np.int64),
        Notation(zone=ZoneInfo(zone), times={"observed_at": (pattern(text),)}),
    )
    faults = Faults(block)
    (found,) = instants(block, faults, "observed_at", until=None)
    meant = dt.datetime.strptime(written, text).replace(tzinfo=ZoneInfo(zone))
    other = meant.replace(fold=1)
    if meant.utcoffset() != other.utcoffset():
        assert faults.total == 1
        return
    assert found.astype(dt.datetime).replace(tzinfo=dt.UTC) == meant.astimezone(dt.UTC)


@given(at=times, text=st.sampled_from(PATTERNS))
def test_a_pattern_is_among_those_that_its_text_may_have(at: dt.datetime, text: str) -> None:
    written = at.strftime(text)
    found = form_of(written)
    assert found is not None
    readings = {
        str(pattern(item).read(pa.array([written])).clocks[0].astype("datetime64[s]"))
        for item in found.patterns
    }
    meant = dt.datetime.strptime(written, text)
    assert meant.isoformat() in readings


@given(
    at=times,
    decimals=st.integers(1, 9),
    digits=st.text("0123456789", min_size=9, max_size=9),
    joint=st.sampled_from("T "),
)
def test_iso_takes_one_to_nine_decimals(
    at: dt.datetime, decimals: int, digits: str, joint: str
) -> None:
    text = f"{at:%Y-%m-%d}{joint}{at:%H:%M:%S}.{digits[:decimals]}Z"
    block = Block({"observed_at": pa.array([text])}, np.ones(1, np.int64))
    (found,) = instants(block, Faults(block), "observed_at", until=None)
    micro = int(digits[:decimals].ljust(9, "0")[:6])
    assert found.astype(dt.datetime) == at.replace(microsecond=micro)


@given(st.decimals(-9999, 9999, places=4), st.sampled_from([" ", "\u00a0", "\u202f", ".", ""]))
def test_a_number_with_a_comma_is_the_number_with_a_point(value: object, group: str) -> None:
    text = f"{value:,.4f}".replace(",", "§").replace(".", ",").replace("§", group)
    block = Block({"lon": pa.array([text])}, np.ones(1, np.int64), Notation(decimal_comma=True))
    (found,) = number(block, Faults(block), "lon")
    assert found == float(value)  # type: ignore[arg-type]


words = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=6).filter(
    lambda text: text.lower() not in ("and", "or", "in", "is", "not")
)


@given(cells=st.lists(st.one_of(st.none(), words), min_size=1, max_size=9), value=words)
def test_a_filter_says_what_python_says(cells: list[str | None], value: str) -> None:
    columns = {"a": pa.array(cells, pa.string())}

    def kept(text: str) -> list[bool]:
        return row_filter(text).keeps(columns).tolist()

    assert kept(f"a = {value}") == [cell == value for cell in cells]
    assert kept(f'a != "{value}"') == [cell != value for cell in cells]
    assert kept(f"a in ({value}, zz zz)") == [cell == value for cell in cells]
    assert kept(f"a = {value} or a is empty") == [cell in (value, None) for cell in cells]
    assert (
        kept(f"a ~ {value} and a is not empty")
        == [cell is not None and value.casefold() in cell.casefold() for cell in cells]
        or not value.isascii()
    )


def layer(rows: Sequence[Row], wrap: str, crs: int) -> gpd.GeoDataFrame:
    """Return rows as a layer in a reference system, each point wrapped as some programs do."""
    made = {
        "plain": lambda point: point,
        "multi": lambda point: shapely.MultiPoint([point]),
        "collection": lambda point: shapely.GeometryCollection([point]),
        "height": lambda point: shapely.Point(point.x, point.y, 35.0),
    }[wrap]
    points = gpd.GeoSeries.from_xy(
        [float(lon) for _, lon, _, _, _ in rows], [float(lat) for _, _, lat, _, _ in rows], crs=4326
    )
    fields = {
        "observed_at": [f"{at:%Y-%m-%dT%H:%M}" for at, *_ in rows],
        "headcount": [heads for *_, heads, _ in rows],
        "unit": [unit or None for *_, unit in rows],
    }
    shapes = [made(point) for point in points.to_crs(crs)]
    return gpd.GeoDataFrame(fields, geometry=shapes, crs=crs)


layers = {
    "rows": rows_,
    "wrap": st.sampled_from(["plain", "multi", "collection", "height"]),
    "crs": st.sampled_from([4326, 2154, 3857, 32631, 4258]),
}


def named(rows: Sequence[Row]) -> list[Row]:
    """Return rows whose times are told in full: layers have a type for times of their own."""
    return [(at, lon, lat, heads, unit or "x") for at, lon, lat, heads, unit in rows]


@settings(max_examples=40)
@given(**layers, project=st.booleans(), other=st.booleans())
def test_geopackages_of_any_reference_and_wrapping(
    told: Read,
    folder: Path,
    rows: list[Row],
    wrap: str,
    crs: int,
    project: bool,
    other: bool,
) -> None:
    path = folder / "made.gpkg"
    path.unlink(missing_ok=True)
    layer(named(rows), wrap, crs).to_file(path, layer="seen")
    with closing(sqlite3.connect(path)) as db, db:
        if project:
            db.execute("CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, content BLOB)")
            db.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
                " VALUES ('qgis_projects', 'attributes', 'qgis_projects')"
            )
        if other:
            db.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleqml TEXT)")
    check(told(path.read_bytes(), "file.gpkg"), named(rows))


@settings(max_examples=40)
@given(**layers, bom=st.booleans(), first=st.booleans(), bare=st.booleans())
def test_geojson_of_any_order_and_wrapping(
    told: Read,
    rows: list[Row],
    wrap: str,
    crs: int,
    bom: bool,
    first: bool,
    bare: bool,
) -> None:
    """The member `crs` may come first or last, or not at all where it is WGS 84."""
    whole = json.loads(layer(named(rows), wrap, crs).to_json(show_bbox=False, drop_id=True))
    about = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    features = [
        dict(reversed(feature.items())) if first else feature for feature in whole["features"]
    ]
    members = {"type": "FeatureCollection", "features": features}
    if crs == 4326 and bare:
        document = members
    else:
        document = {"crs": about, **members} if first else {**members, "crs": about}
    text = json.dumps(document, ensure_ascii=bare)
    found = told(text.encode("utf-8-sig" if bom else "utf-8"), "file.geojson")
    check(found, named(rows))


@settings(max_examples=40)
@given(
    **layers,
    version=st.sampled_from(["1.0.0", "1.1.0"]),
    group=st.integers(1, 9),
    covering=st.booleans(),
    compression=st.sampled_from(["zstd", "snappy", "none"]),
)
def test_geoparquet_of_any_reference_and_version(
    told: Read,
    folder: Path,
    rows: list[Row],
    wrap: str,
    crs: int,
    version: str,
    group: int,
    covering: bool,
    compression: str,
) -> None:
    path = folder / "made.parquet"
    more = {"write_covering_bbox": True} if covering and version == "1.1.0" else {}
    layer(named(rows), wrap, crs).to_parquet(
        path, schema_version=version, row_group_size=group, compression=compression, **more
    )
    check(told(path.read_bytes(), "file.parquet"), named(rows))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=120)
@given(
    geo=st.one_of(
        st.binary(max_size=30),
        json_values.map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries(
            {},
            optional={
                "version": json_values,
                "primary_column": st.one_of(st.just("geometry"), json_values),
                "columns": st.one_of(
                    json_values,
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "geometry": st.one_of(
                                json_values,
                                st.fixed_dictionaries(
                                    {},
                                    optional={
                                        "encoding": st.one_of(st.just("WKB"), json_values),
                                        "crs": json_values,
                                        "covering": json_values,
                                    },
                                ),
                            )
                        },
                    ),
                ),
            },
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_geo_metadata_of_any_kind_are_read_or_refused_in_a_sentence(
    told: Read, folder: Path, geo: bytes
) -> None:
    path = folder / "made.parquet"
    table = pa.table(
        {
            "observed_at": ["2023-07-13T14:30"],
            "headcount": [3],
            "unit": ["x"],
            "geometry": [shapely.to_wkb(shapely.Point(2.3605, 48.8842))],
        }
    )
    pq.write_table(table.replace_schema_metadata({b"geo": geo}), path)
    refusal = "-"
    found = [(dt.datetime(2023, 7, 13, 14, 30), "3", "x")]
    right = list(found)
    try:
        found = told(path.read_bytes(), "file.parquet")
    except Refused as refused:
        refusal = str(refused)
    assert found == right
    assert refusal
    assert "\n" not in refusal
