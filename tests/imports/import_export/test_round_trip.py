"""What goes out, into an empty store, and out again is the same file, in every format."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core import city
from geosites.core.records import Activity, Origin
from geosites.db.schema import sightings
from geosites.exports import FORMATS, ExportKind, export_file
from geosites.imports import ImportReport
from samples.hostile import ATTACKS
from samples.impersonal import impersonal

Load = Callable[..., ImportReport]
Row = dict[str, Any]

INSTANTS = st.datetimes(
    dt.datetime(2019, 1, 1), dt.datetime(2026, 10, 1), timezones=st.just(dt.UTC)
)
WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs")), max_size=12
).filter(impersonal)
SAID = st.one_of(
    st.none(), WORDS, st.sampled_from(["=1+1", "-x", "+33", "@a", "''=x", '"', ";,\t"])
)


def rows_of(kind: str) -> st.SearchStrategy[Row]:
    times = st.builds(lambda at: at.isoformat(), INSTANTS)
    if kind == "closures":
        return st.fixed_dictionaries(
            {
                "site": st.just("forceval"),
                "closed_from": times,
                "legal_ref": SAID,
                "review_days": st.integers(1, 90),
                "source": SAID,
            }
        )
    place = {"lon": degrees(2.38, 2.395), "lat": degrees(48.88, 48.889)}
    if kind == "operations":
        begins = INSTANTS.map(lambda at: (at, at + dt.timedelta(hours=3)))
        return st.builds(
            lambda span, rest: {"started_at": span[0], "ended_at": span[1], **rest},
            begins,
            st.fixed_dictionaries(
                {
                    **place,
                    "kind": st.sampled_from(["dispersal", "evacuation", "presence"]),
                    "radius_m": st.integers(20, 300),
                    "arrests": st.none() | st.integers(0, 50),
                    "unit": SAID,
                }
            ),
        )
    days = INSTANTS.map(lambda at: at.astimezone(city.zone()).date().isoformat())
    return st.fixed_dictionaries(
        {
            **place,
            "observed_at": times | days,
            "headcount": st.integers(0, 400),
            "accuracy_m": st.none() | st.decimals(0, 500, places=3).map(str),
            "duration_min": st.none() | st.integers(0, 600),
            "origin": st.sampled_from([one.value for one in Origin]),
            "activity": st.none() | st.sampled_from([one.value for one in Activity]),
            "verified": st.sampled_from(["", "true", "false"]),
            "unit": SAID,
        }
    )


def degrees(low: float, high: float) -> st.SearchStrategy[str]:
    return st.decimals(str(low), str(high), places=7).map(str)


def text_of(rows: list[Row]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def content(path: Path) -> Any:
    """Return the bytes of a file; of a workbook its cells, since a ZIP keeps times of its own."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    return [
        [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in openpyxl.load_workbook(path).worksheets
    ]


@pytest.mark.parametrize("ending", list(FORMATS))
@pytest.mark.parametrize("kind", ["sightings", "operations", "closures"])
@settings(max_examples=6)
@given(data=st.data())
def test_a_file_taken_in_and_given_out_is_the_same_file(
    load: Load, conn: sa.Connection, tmp_path: Path, kind: str, ending: str, data: st.DataObject
) -> None:
    most = 1 if kind == "closures" else 5
    rows = data.draw(st.lists(rows_of(kind), min_size=1, max_size=most))
    first, second = tmp_path / f"first{ending}", tmp_path / f"second{ending}"
    with conn.begin_nested() as before:
        load(kind, text_of(rows)).require_accepted()
        export_file(conn, ExportKind(kind), first)
        before.rollback()
    with conn.begin_nested() as before:
        assert load(kind, first).require_accepted().added == len(rows)
        export_file(conn, ExportKind(kind), second)
        before.rollback()
    assert content(second) == content(first)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_hostile_text_goes_out_as_text_and_comes_back_as_it_was(
    load: Load, conn: sa.Connection, tmp_path: Path, ending: str
) -> None:
    sent = [text for text in ATTACKS if text.isprintable()]
    visit = {"observed_at": "2023-07-13T14:30", "lon": 2.39, "lat": 48.88, "headcount": 3}
    behind = [f"'{text}" if text.startswith("'=") else text for text in sent]
    rows = [visit | {"unit": text} for text in behind]
    first = tmp_path / f"first{ending}"
    with conn.begin_nested() as before:
        load("sightings", text_of(rows)).require_accepted()
        export_file(conn, ExportKind.SIGHTINGS, first)
        before.rollback()
    assert formulas(first) == []
    load("sightings", first).require_accepted()
    assert sorted(conn.scalars(sa.select(sightings.sighting.c.unit))) == sorted(sent)


def formulas(path: Path) -> list[str]:
    """Return every cell of a file that a spreadsheet would compute."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            found = [cell for row in csv.reader(file) for cell in row]
        return [cell for cell in found if cell.startswith(("=", "+", "-", "@"))]
    return [
        str(cell.value)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
