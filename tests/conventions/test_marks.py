"""Markers stand on files that are there, and the quick tests leave out what bears one."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import pytest

from geosites.db.postgres.connection import Store
from marks import MARKS, STORE, is_left_out, marks_of

TESTS = Path(__file__).parents[1]
NAMED = [member for members in MARKS.values() for member in members]


def test_every_folder_and_module_that_is_marked_is_there() -> None:
    assert [member for member in NAMED if not (TESTS / member).exists()] == []
    assert len(NAMED) == len(set(NAMED))


@pytest.mark.parametrize(
    ("place", "marks"),
    [
        ("faults/test_cluster.py", ["faults"]),
        ("browser/test_pages.py", ["browser"]),
        ("web/api/test_openapi_attack.py", ["fuzz"]),
        ("analysis/closure/test_closure_worlds.py", ["calibration"]),
        ("ops/test_private_postgres.py", ["slow"]),
        ("core/test_records.py", []),
    ],
)
def test_a_place_has_its_marks(place: str, marks: list[str]) -> None:
    assert list(marks_of(PurePath(place))) == marks


def test_a_test_bears_the_marks_of_its_place(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        place = item.path.relative_to(TESTS)
        assert {mark.name for mark in item.iter_markers()} >= set(marks_of(place)), item.nodeid


def test_the_quick_tests_leave_out_every_marker() -> None:
    script = (TESTS.parent / "script" / "test").read_text()
    [chosen] = re.findall(r'-m "not \((.+)\)"', script)
    assert set(chosen.split(" or ")) == {*MARKS, STORE}


def test_a_test_bears_the_mark_of_a_store_if_it_asks_for_one(
    request: pytest.FixtureRequest, small: Store
) -> None:
    assert request.node.get_closest_marker(STORE) is not None
    for item in request.session.items:
        asks = "cluster" in getattr(item, "fixturenames", ())
        assert (item.get_closest_marker(STORE) is not None) is asks, item.nodeid


def test_every_marker_is_declared() -> None:
    declared = (TESTS.parent / "pyproject.toml").read_text()
    assert [mark for mark in (*MARKS, STORE) if f'"{mark}: ' not in declared] == []


@pytest.mark.parametrize(
    ("place", "expression", "left_out"),
    [
        ("browser", "not (faults or browser)", True),
        ("browser/test_pages.py", "not (browser)", True),
        ("ops/test_private_postgres.py", "not (faults or slow)", True),
        ("ops/test_private_postgres.py", "not (faults or browser)", False),
        ("core/test_records.py", "not (faults or browser)", False),
        ("ops", "not (slow)", False),
        ("browser", "browser", False),
        ("browser", "not (browser) or slow", False),
        ("browser", "", False),
    ],
)
def test_only_places_of_which_nothing_is_chosen_are_not_read(
    place: str, expression: str, left_out: bool
) -> None:
    assert is_left_out(PurePath(place), expression) is left_out
