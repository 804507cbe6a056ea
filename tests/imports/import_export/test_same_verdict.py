"""One object of the API and one row of a file: the same verdict, the same content."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core.errors import RowsRefused
from geosites.db.geography import sites, territories
from geosites.db.postgres.connection import Store
from geosites.imports.readers.csv_files import open_csv
from geosites.validation import (
    Block,
    ColumnPlan,
    Context,
    FileKind,
    ParsedBlock,
    SightingIn,
    WatchedTerritories,
    read,
)
from geosites.validation.records.sightings import sighting

plain = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=12)
numbers = st.one_of(
    st.integers(-2, 200).map(str),
    st.floats(width=32).map(str),
    st.sampled_from(["", "3.0", "2,5", "1e2", "nan", "0x1", " 7 ", "99999999999999999999"]),
)
instants = st.one_of(
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2027, 1, 1)).map(dt.datetime.isoformat),
    st.dates(dt.date(2020, 1, 1), dt.date(2027, 1, 1)).map(dt.date.isoformat),
    st.sampled_from(["2022-10-30T02:30", "2023-03-26T02:30", "13/07/2023", "2023-02-30", ""]),
)
objects = st.fixed_dictionaries(
    {
        "observed_at": instants,
        "lon": st.one_of(st.floats(2.25, 2.42).map(repr), numbers),
        "lat": st.one_of(st.floats(48.82, 48.9).map(repr), numbers),
        "headcount": numbers,
    },
    optional={
        "id": st.one_of(st.uuids().map(str), plain),
        "accuracy_m": numbers,
        "duration_min": numbers,
        "origin": st.sampled_from(["patrol", "call", "Patrol", ""]),
        "activity": st.sampled_from(["traces", "none", ""]),
        "site": st.sampled_from(["forceval", "forcevall", ""]),
        "verified": st.sampled_from(["true", "False", "1", ""]),
        "unit": plain.filter(lambda text: not text.startswith("'")),
    },
)


@pytest.fixture(scope="module")
def context(shared_store: Store) -> Context:
    with shared_store.begin() as conn:
        ground, slugs = WatchedTerritories.of(territories.frame(conn)), sites.slugs(conn)
    return Context(now=dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC), ground=ground, sites=slugs)


def by_file(row: dict[str, str], context: Context, path: Path) -> ParsedBlock:
    """Return what a file of one row says."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([row.keys(), row.values()])
    with open_csv(path, 10**6) as source:
        positions = ColumnPlan().resolve(FileKind.SIGHTINGS, source.header)
        (piece,) = source.pieces(list(positions.values()))
    columns = dict(zip(positions, piece.columns, strict=True))
    return read(Block(columns, piece.lines), FileKind.SIGHTINGS, context)


@settings(max_examples=150)
@given(row=objects)
def test_the_api_and_a_file_say_the_same_of_one_row(
    row: dict[str, str], context: Context, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reading = by_file(row, context, tmp_path_factory.getbasetemp() / "row.csv")
    try:
        record = SightingIn(**row).to_record(context)
    except RowsRefused as refusal:
        (bad,), (reason,) = reading.bad, refusal.rows
        assert (bad.column, bad.value, bad.reason) == (reason.column, reason.value, reason.reason)
        return
    assert reading.bad == ()
    (same,) = reading.table.to_pylist()
    assert sighting(same) == record
