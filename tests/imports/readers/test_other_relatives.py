"""Relatives of small files that once failed: places by name, words as numbers, odd shapes."""

from __future__ import annotations

import io
import json
import math
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.db.geography import sites
from imports.conftest import Load

HERE = {"lon": 2.37, "lat": 48.885}
AT = "2023-07-13T14:30"
each = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""A dry run leaves nothing behind, so that examples may share a connection."""


@each
@given(
    names=st.lists(st.integers(0, 7), min_size=1, max_size=6),
    heads=st.integers(0, 90),
    empty=st.booleans(),
)
def test_a_site_alone_is_a_place(
    load: Load, conn: sa.Connection, names: list[int], heads: int, empty: bool
) -> None:
    known = sorted(sites.slugs(conn))
    header = "observed_at,site,headcount" + (",lon,lat" if empty else "")
    rows = [
        f"2023-07-{13 + n}T14:30,{known[name % len(known)]},{heads}" + (",," if empty else "")
        for n, name in enumerate(names)
    ]
    report = load("sightings", "\n".join([header, *rows]) + "\n", dry_run=True)
    assert (report.added, report.at_site, report.refused_total) == (len(rows), len(rows), 0)


@each
@given(heads=st.text("abcdefghijklmnopqrstuvwxyzéèà ", min_size=3, max_size=12))
def test_a_site_that_nobody_knows_is_named(load: Load, heads: str) -> None:
    name = "x" + "-".join(heads.split())
    text = f"observed_at,site,headcount\n{AT},{name},3\n"
    report = load("sightings", text, dry_run=True)
    assert report.refused_total >= 1
    assert {(bad.line, bad.column) for bad in report.refused} <= {
        (2, "site"),
        (2, "lon"),
        (2, "lat"),
    }


WORDS = st.sampled_from(
    ["{} personnes", "environ {}", "~{}", ">{}", "{}+", "{}-{}", "{} ou {}", "une {}", "{} pers.",
     "moins de {}", "{}?", "{} (environ)", "{}/{}", "n={}", "dizaine", "beaucoup", "?"]
)  # fmt: skip


@each
@given(form=WORDS, heads=st.integers(1, 400), more=st.integers(1, 9), before=st.integers(0, 3))
def test_words_beside_a_count_are_refused_with_what_was_read(
    load: Load, form: str, heads: int, more: int, before: int
) -> None:
    text = form.format(heads, heads + more)
    good = [f"2023-07-{10 + n}T14:30;2.37;48.885;4" for n in range(before)]
    rows = ["observed_at;lon;lat;headcount", *good, f"{AT};2.37;48.885;{text}"]
    report = load("sightings", "\n".join(rows) + "\n", dry_run=True)
    assert report.refused_total == 1
    (bad,) = report.refused
    assert (bad.line, bad.column, bad.value) == (before + 2, "headcount", text)
    assert bad.reason


@each
@given(heads=st.integers(1_000, 99_999), group=st.sampled_from([" ", "\u00a0", "\u202f"]))
def test_groups_of_thousands_are_no_words(load: Load, heads: int, group: str) -> None:
    text = f"{heads:,}".replace(",", group)
    rows = f"observed_at;lon;lat;headcount\n{AT};2,37;48,885;{text}\n"
    report = load("sightings", rows, dry_run=True)
    if report.refused_total:
        assert [(bad.column, bad.value) for bad in report.refused] == [("headcount", text)]
    else:
        assert report.added == 1


def polygon(corners: int, size: float, turn: float) -> list[list[float]]:
    """Return the corners of a regular polygon in Paris, not closed."""
    return [
        [
            HERE["lon"] + size * math.cos(turn + 2 * math.pi * n / corners),
            HERE["lat"] + 0.7 * size * math.sin(turn + 2 * math.pi * n / corners),
        ]
        for n in range(corners)
    ]


DONE = {"started_at": "2023-07-13T14:30+02:00", "ended_at": "2023-07-13T16:30+02:00",
        "kind": "dispersal"}  # fmt: skip


def collection(*features: tuple[object, dict[str, object]]) -> str:
    """Return features as GeoJSON."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": told, "geometry": shape}
                for shape, told in features
            ],
        }
    )


@each
@given(
    corners=st.integers(3, 12),
    size=st.floats(0.0005, 0.003),
    turn=st.floats(0, 6),
    multi=st.booleans(),
    before=st.integers(0, 2),
)
def test_a_ring_that_is_not_closed_is_closed_and_told_or_refused_by_name(
    load: Load, corners: int, size: float, turn: float, multi: bool, before: int
) -> None:
    ring = polygon(corners, size, turn)
    whole = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    open_ = {"type": "MultiPolygon" if multi else "Polygon",
             "coordinates": [[ring]] if multi else [ring]}  # fmt: skip
    text = collection(*[(whole, DONE | {"arrests": n}) for n in range(before)], (open_, DONE))
    report = load("operations", text, "file.geojson", dry_run=True)
    number = before + 1
    if report.refused_total:
        assert [bad.line for bad in report.refused] == [number]
    else:
        assert report.added == before + 1
        assert any(str(number) in warning for warning in report.warnings)


@each
@given(points=st.integers(0, 5), height=st.booleans())
def test_a_multipoint_of_one_is_a_point_and_no_other(load: Load, points: int, height: bool) -> None:
    at = [HERE["lon"], HERE["lat"], *([35.0] if height else [])]
    shape = {"type": "MultiPoint", "coordinates": [at] * points}
    text = collection((shape, {"observed_at": AT, "headcount": 3}))
    report = load("sightings", text, "file.geojson", dry_run=True)
    assert (report.added, report.refused_total) == ((1, 0) if points == 1 else (0, 1))


@each
@given(text=st.text("abc é", max_size=8), at=st.integers(0, 8), before=st.integers(0, 3))
def test_a_nul_in_a_text_is_refused_by_feature_and_field(
    load: Load, text: str, at: int, before: int
) -> None:
    point = {"type": "Point", "coordinates": [HERE["lon"], HERE["lat"]]}
    told = {"observed_at": AT, "headcount": 3}
    broken = told | {"unit": text[:at] + "\0" + text[at:]}
    fine = [(point, told | {"headcount": n}) for n in range(before)]
    with pytest.raises(Refused, match=rf"{before + 1}\b.*unit"):
        load("sightings", collection(*fine, (point, broken)), "file.geojson", dry_run=True)


@each
@given(
    accuracy=st.lists(
        st.one_of(st.none(), st.just(math.nan), st.floats(1, 90)), min_size=1, max_size=6
    ),
    binary=st.booleans(),
)
def test_nothing_in_an_optional_column_of_parquet_is_nothing(
    load: Load, tmp_path: Path, accuracy: list[float | None], binary: bool
) -> None:
    names = [uuid.UUID(int=n + 1, version=4) for n in range(len(accuracy))]
    columns = {
        "id": pa.array([one.bytes for one in names], pa.binary(16))
        if binary
        else pa.array(list(map(str, names))),
        "observed_at": pa.array([f"2023-07-{13 + n}T14:30" for n in range(len(names))]),
        "lon": pa.array([HERE["lon"]] * len(names)),
        "lat": pa.array([HERE["lat"]] * len(names)),
        "headcount": pa.array([3] * len(names), pa.int64()),
        "accuracy_m": pa.array(accuracy, pa.float64()),
    }
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    report = load("sightings", tmp_path / "made.parquet", dry_run=True)
    assert (report.added, report.refused_total) == (len(names), 0)


@each
@given(bad=st.integers(0, 3), count=st.integers(1, 4))
def test_not_a_number_where_one_is_needed_is_refused(
    load: Load, tmp_path: Path, bad: int, count: int
) -> None:
    heads = [math.nan if n == bad else 3.0 for n in range(max(count, bad + 1))]
    columns = {
        "observed_at": [f"2023-07-{13 + n}T14:30" for n in range(len(heads))],
        "lon": [HERE["lon"]] * len(heads),
        "lat": [HERE["lat"]] * len(heads),
        "headcount": heads,
    }
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    report = load("sightings", tmp_path / "made.parquet", dry_run=True)
    assert [(one.line, one.column) for one in report.refused] == [(bad + 1, "headcount")]


LABELS = st.sampled_from(
    ["Total", "TOTAL", "Total général", "TOTAL GÉNÉRAL", "Totaux", "Sous-total", "Sous total",
     "Somme", "Grand total", "Subtotal", "Sum", "Summe", "Gesamt"]
)  # fmt: skip


@each
@given(
    label=LABELS,
    place=st.integers(0, 2),
    rows=st.integers(1, 5),
    blank=st.integers(0, 2),
    delimiter=st.sampled_from(";,\t"),
)
def test_a_total_is_left_out_wherever_it_is_labelled(
    load: Load, label: str, place: int, rows: int, blank: int, delimiter: str
) -> None:
    out = io.StringIO()
    head = ["bureau", "agent", "observed_at", "lon", "lat", "headcount"]
    print(delimiter.join(head), file=out)
    for n in range(rows):
        print(
            delimiter.join(["Nord", "PP", f"2023-07-{13 + n}T14:30", "2.37", "48.885", "4"]),
            file=out,
        )
    for _ in range(blank):
        print(delimiter * (len(head) - 1), file=out)
    last = [""] * 5 + [str(4 * rows)]
    last[place] = label
    print(delimiter.join(last), file=out)
    report = load("sightings", out.getvalue(), ignore=("bureau", "agent"), dry_run=True)
    assert (report.added, report.left_out, report.refused_total) == (rows, 1, 0)


def test_shapes_that_tell_no_place_are_refused(load: Load) -> None:
    """What is empty, or no point: each by its number."""
    shapes = [
        None,
        {"type": "Point", "coordinates": []},
        shapely.geometry.mapping(shapely.Point(2.37, 48.885)),
    ]
    told = {"observed_at": AT, "headcount": 3}
    report = load(
        "sightings", collection(*[(one, told) for one in shapes]), "file.geojson", dry_run=True
    )
    assert [bad.line for bad in report.refused] == [1, 2]
