"""Few rows are matched by Python and many by Arrow: both have to say the same of any text."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geosites.validation import value_rules
from geosites.validation.date_times import times
from geosites.validation.table_columns.text_columns import FEW, Mask, matches

PATTERNS = (
    value_rules._NUMBER,
    value_rules._WHOLE,
    value_rules._GROUPED,
    value_rules._GROUPED_BY_POINTS,
    value_rules._UUID,
    value_rules._CONTROL,
)
TYPED = st.one_of(
    st.text(),
    st.text("0123456789+-.,eE \u00a0\u202f'\n\r\t\u0663\uff11", max_size=24),
    st.text("0123456789abcdefABCDEF-\n", max_size=40),
    st.from_regex(value_rules._NUMBER.removesuffix("$")),
    st.from_regex(value_rules._UUID),
    st.from_regex(times._FORM),
    st.text("0123456789-:T Zz+.\n", max_size=34),
)


def both(text: str | None) -> tuple[pa.Array, pa.Array]:
    """Return a text as one row and as so many that Arrow matches them."""
    return pa.array([text], pa.string()), pa.array([text] * (FEW + 1), pa.string())


def same(few: Mask, many: Mask) -> bool:
    return few.dtype == many.dtype and [bool(few[0])] * len(many) == many.tolist()


@given(text=TYPED)
@example("12\n")
@example("\u0663")
@example("1 234,5")
@example("")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_the_same(pattern: str, text: str) -> None:
    few, many = both(text)
    assert same(matches(few, pattern), matches(many, pattern))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_gap_is_no_find(pattern: str) -> None:
    few, many = both(None)
    assert not matches(few, pattern).any()
    assert not matches(many, pattern).any()


@given(text=TYPED)
@example("2023-07-13")
@example("2023-07-13T14:30")
@example("2023-07-13T14:30:01.5 +02:00")
@example("2023-07-13\n")
def test_a_time_has_the_same_form(text: str) -> None:
    few, many = both(text)
    for one, other in zip(times._forms(few), times._forms(many), strict=True):
        assert same(one, other)
