"""What is read value by value is what the columns make of the same row, and is the usual report."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core.records import CHOSEN_OF_SIGHTING, Sighting
from geosites.validation import Block, Context, FileKind, read
from geosites.validation.records.sighting_fast_path import plain_sighting
from geosites.validation.records.sightings import sighting

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
"""The instant of the context."""
USUAL = {
    "id": "3c2f9b0e-6a55-4d7e-9d3a-0d8c7d1f2a3b",
    "observed_at": "2026-11-02T08:15:00.000Z",
    "lon": "2.38912",
    "lat": "48.8961",
    "headcount": "12",
}
MORE = {
    "accuracy_m": "12.3456",
    "origin": "call",
    "unit": "PP-18",
    "site": "forceval",
    "activity": "consumption",
    "double_count": "separate",
}
BROKEN = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-0",
        "-1",
        "1e2",
        "007",
        "3.0",
        "1_0",
        "nan",
        "\u0663",
        "12\n",
        " 12",
        "99999999",
    ]
)
NUMBERS = st.one_of(
    st.floats(-200, 200).map(repr), st.integers(-10, 200_000).map(str), BROKEN, st.text(max_size=6)
)
OFFSETS = st.sampled_from(["Z", "z", "", "+02:00", "-03:30", "+14:59", "+15:00", "-00:00", "+0200"])
INSTANTS = st.one_of(
    st.builds(
        lambda at, unit, offset: at.isoformat(timespec=unit) + offset,
        st.datetimes(dt.datetime(1988, 1, 1), dt.datetime(2101, 1, 1)),
        st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
        OFFSETS,
    ),
    st.builds(
        lambda back, offset: (NOW + dt.timedelta(minutes=back)).isoformat()[:19] + offset,
        st.integers(-600_000, 30),
        OFFSETS,
    ),
    st.sampled_from(["2026-02-30T10:00Z", "2026-10-25T02:30", "0000-01-01T00:00Z", "2026-11-02"]),
    st.sampled_from(["2026-11-02T24:00Z", "2026-11-01T23:59:60Z", "2026-11-02T08:00:00,5Z"]),
)
WORDS = st.one_of(
    *(st.sampled_from([word.value for word in item.words]) for item in CHOSEN_OF_SIGHTING),
    st.sampled_from(["patrol", "call", "Patrol", "", "forceval", "forcevall"]),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(st.uuids().map(str), st.uuids().map(lambda one: str(one).upper()), BROKEN),
        "observed_at": INSTANTS,
        "lon": st.one_of(st.floats(2.2, 2.5).map(repr), NUMBERS),
        "lat": st.one_of(st.floats(48.8, 48.95).map(repr), NUMBERS),
        "headcount": NUMBERS,
        "accuracy_m": NUMBERS,
        "duration_min": NUMBERS,
        "origin": WORDS,
        "activity": WORDS,
        "double_count": WORDS,
        "site": WORDS,
        "verified": st.sampled_from(["true", "false"]),
        "unit": st.one_of(
            st.text(st.characters(codec="utf-8"), max_size=12),
            st.sampled_from(["PP-18", "Mairie du 18e", "M. Dupont", "x" * 101, "06 12 34 56 78"]),
        ),
    },
)


def by_columns(row: dict[str, str], context: Context) -> Sighting | None:
    """Return what the columns make of a row; None where they refuse it."""
    columns = {name: pa.array([text], pa.string()) for name, text in row.items()}
    result = read(Block(columns, np.ones(1, dtype=np.int64)), FileKind.SIGHTINGS, context)
    return None if result.bad_total else sighting(result.table.to_pylist()[0])


@settings(max_examples=600)
@given(changed=CHANGES)
def test_what_is_accepted_is_what_the_columns_make_of_it(
    context: Context, changed: dict[str, str]
) -> None:
    plain = plain_sighting({**USUAL, **changed}, context)
    assert plain in (None, by_columns({**USUAL, **changed}, context))


@pytest.mark.parametrize("more", [{}, MORE, *({name: MORE[name]} for name in MORE)])
def test_the_usual_report_is_read_so(context: Context, more: dict[str, str]) -> None:
    plain = plain_sighting({**USUAL, **more}, context)
    assert plain is not None
    assert plain == by_columns({**USUAL, **more}, context)


@pytest.mark.parametrize(
    "changed",
    [
        {"lon": "2.0", "lat": "43.0"},
        {"lon": "48.8961", "lat": "2.38912"},
        {"observed_at": "2026-11-02T09:02:00Z"},
        {"observed_at": "1999-11-02T09:02:00Z"},
        {"headcount": "100001"},
        {"accuracy_m": "100001"},
        {"unit": "M. Dupont"},
        {"site": "forcevall"},
        {"origin": "rumour"},
    ],
)
def test_a_fault_is_left_to_the_columns(context: Context, changed: dict[str, str]) -> None:
    assert plain_sighting({**USUAL, **changed}, context) is None
    assert by_columns({**USUAL, **changed}, context) is None
