"""Small counts stay hidden, also from somebody who knows the rule and can subtract."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.cell_suppression import far_apart, shuffled, small, suppress

COUNTS = st.lists(st.one_of(st.integers(0, 14), st.integers(0, 200)), min_size=1, max_size=25)


def test_a_small_count_takes_another_cell_with_it() -> None:
    found = suppress([3, 40, 25])
    assert found.hidden.tolist() == [True, True, False]
    assert not found.total_hidden


def test_where_the_cells_do_not_suffice_the_total_goes_too() -> None:
    found = suppress([3, 12])
    assert found.hidden.tolist() == [True, True]
    assert found.total_hidden


def test_without_a_small_count_everything_is_shown_and_nobody_is_not_small() -> None:
    found = suppress([0, 11, 12])
    assert not found.hidden.any()
    assert not found.total_hidden


def test_a_row_is_hidden_whole_if_one_of_its_counts_is_small() -> None:
    found = suppress([[30.0, 9], [50, 60], [70, 80]])
    assert found.hidden.tolist() == [True, True, False]


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        suppress([-1, 3])


@given(COUNTS)
def test_no_small_count_is_ever_shown(counts: list[int]) -> None:
    found = suppress(counts)
    assert not (small(np.array(counts, dtype=np.float64)) & ~found.hidden).any()


@given(COUNTS)
def test_who_knows_the_rule_and_the_total_still_cannot_narrow_a_small_count(
    counts: list[int],
) -> None:
    """Every small count could be 1 and could be 10, with the same shown cells and total."""
    found = suppress(counts)
    if found.total_hidden or not found.hidden.any():
        return
    hidden = np.array(counts)[found.hidden]
    least = np.where(hidden < 11, 1, 11)
    for cell in np.flatnonzero(hidden < 11):
        others = hidden.sum() - np.delete(least, cell).sum()
        assert others >= 10


def test_each_world_that_fits_would_have_been_hidden_in_the_same_way() -> None:
    """The strongest reader: tries every table of small numbers against what is shown."""
    cells, top = 3, 36
    shown: dict[tuple[object, ...], set[tuple[int, ...]]] = {}
    for counts in itertools.product(range(top), repeat=cells):
        found = suppress(counts)
        if found.hidden.any():
            seen = tuple(
                None if hidden else n for hidden, n in zip(found.hidden, counts, strict=True)
            )
            total = None if found.total_hidden else sum(counts)
            shown.setdefault((*seen, total), set()).add(counts)
    at_edge = top - 1
    for worlds in shown.values():
        if any(at_edge in world for world in worlds):
            continue
        for cell in range(cells):
            values = {world[cell] for world in worlds}
            assert len(values) > 1 or min(values) >= 11 or values == {0}


def test_the_order_of_complements_depends_on_names_alone() -> None:
    codes = ["75118", "75119", "93055"]
    assert shuffled(codes, "2022-W40") == shuffled(codes, "2022-W40")
    assert sorted(shuffled(codes, "2022-W40")) == [0, 1, 2]
    assert len({tuple(shuffled(codes, f"2022-W{n}")) for n in range(30)}) > 1


def test_two_revisions_are_both_shown_only_where_they_differ_by_nothing_or_by_much() -> None:
    assert far_apart([[10.0], [30]], [[10.0], [30]])
    assert far_apart([[10.0], [30]], [[10.0], [41]])
    assert not far_apart([[10.0], [30]], [[10.0], [33]])
    assert not far_apart([[10.0], [30]], [[21.0], [17]])
