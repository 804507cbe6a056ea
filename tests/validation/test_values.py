from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from geosites.core.records import Activity
from geosites.validation.table_columns.text_columns import SHOWN, Block, Faults
from geosites.validation.value_rules import (
    LONGEST_TEXT,
    boolean,
    floats,
    free_text,
    identifier,
    integers,
    number,
    require,
    site,
    vocabulary,
)


def column(*cells: str | None) -> tuple[Block, Faults]:
    """Return a block of one column, called c, whose first row is line 2."""
    block = Block({"c": pa.array(cells, pa.string())}, np.arange(len(cells)) + 2)
    return block, Faults(block)


def reasons(faults: Faults) -> dict[int, str]:
    return {row.line: row.reason for row in faults.rows}


def test_numbers_are_read_with_a_point_and_an_exponent() -> None:
    block, faults = column("3", " -2.5", "+.5", "1e3", "7.", None)
    values = number(block, faults, "c")
    np.testing.assert_array_equal(values, [3, -2.5, 0.5, 1000, 7, np.nan])
    assert faults.total == 0
    assert floats(values).null_count == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nan", "nan is not a number that can be recorded"),
        ("-inf", "-inf is not a number that can be recorded"),
        ("2,36", "has a comma; numbers are written with a point and without separators"),
        ("1,234.5", "has a comma; numbers are written with a point and without separators"),
        ("12345678901234567890", "has too many digits"),
        ("1_000", "is not a number"),
        ("0x10", "is not a number"),
        ("three", "is not a number"),
    ],
)
def test_what_is_no_number_is_refused(text: str, reason: str) -> None:
    block, faults = column("1", text)
    number(block, faults, "c")
    assert reasons(faults) == {3: reason}


@pytest.mark.parametrize("text", ["2.5", "1e1", "-"])
def test_a_fraction_is_no_whole_number(text: str) -> None:
    block, faults = column(text)
    number(block, faults, "c", whole=True)
    assert reasons(faults) == {2: "is not a whole number"}


def test_a_whole_number_may_carry_zeros_behind_the_point() -> None:
    block, faults = column("3.0", "4.", None)
    values = integers(number(block, faults, "c", whole=True))
    assert values.to_pylist() == [3, 4, None]
    assert faults.total == 0


def test_bounds_are_part_of_what_is_allowed() -> None:
    block, faults = column("0", "10", "-1", "11")
    number(block, faults, "c", low=0, high=10)
    assert reasons(faults) == {4: "cannot be negative", 5: "is above 10"}
    block, faults = column("0")
    number(block, faults, "c", low=1)
    assert reasons(faults) == {2: "is below 1"}


def test_a_blank_says_nothing() -> None:
    block, faults = column("", "  ", "x")
    require(block, faults, "c")
    assert reasons(faults) == {2: "is missing", 3: "is missing"}


def test_words_are_those_of_the_vocabulary() -> None:
    block, faults = column("dealing", None, "Dealing")
    vocabulary(block, faults, "c", Activity)
    assert reasons(faults) == {
        4: "is not one of consumption, gathering, dealing, traces",
    }


def test_an_unknown_site_is_refused_with_near_ones() -> None:
    block, faults = column("forceval", "forcevall", "zzz", None)
    site(block, faults, "c", {"forceval", "stalingrad"})
    assert reasons(faults) == {
        3: "no such site; did you mean forceval?",
        4: "no such site",
    }


def test_booleans_are_true_or_false_in_any_case() -> None:
    block, faults = column("true", "FALSE", None, "yes")
    values = boolean(block, faults, "c")
    assert values.to_pylist() == [True, False, None, None]
    assert reasons(faults) == {5: "is neither true nor false"}


def test_text_is_short_and_on_one_line() -> None:
    block, faults = column("BAC 19", "a\nb", "a\x00b", "x" * (LONGEST_TEXT + 1))
    free_text(block, faults, "c")
    assert reasons(faults) == {
        3: "has control characters",
        4: "has control characters",
        5: f"is longer than {LONGEST_TEXT} characters",
    }


def test_ids_are_uuids() -> None:
    block, faults = column("8E1913B8-B5CF-5806-8DD1-58F990E447AD", "42", None)
    ids = identifier(block, faults, "c")
    assert ids[0].as_py() == "8e1913b8-b5cf-5806-8dd1-58f990e447ad"
    assert reasons(faults) == {3: "is not a UUID"}


def test_a_column_that_is_absent_says_nothing() -> None:
    block, faults = column("1", "2")
    assert np.isnan(number(block, faults, "other")).all()
    for rule in (boolean, free_text, identifier):
        assert rule(block, faults, "other").null_count == 2
    assert vocabulary(block, faults, "other", Activity).null_count == 2
    assert faults.total == 0


def test_the_first_fault_of_a_row_is_the_one_named() -> None:
    _, faults = column("x", "y")
    faults.mark("c", np.array([True, False]), "first")
    faults.mark("c", np.array([True, True]), "second")
    assert reasons(faults) == {2: "first", 3: "second"}


def test_the_first_hundred_bad_rows_are_kept_and_all_are_counted() -> None:
    block, faults = column(*["x"] * (SHOWN + 50))
    later = np.arange(len(block)) >= 40
    faults.mark("c", later, "late in the file")
    faults.mark("c", ~later, "early in the file")
    assert faults.total == SHOWN + 50
    assert [row.line for row in faults.rows] == list(range(2, SHOWN + 2))
