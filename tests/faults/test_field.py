"""Twenty phones with random faults from seeds: nothing lost without a word, doubled, or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bench.field import Field, in_the_field, run_schedule

FIRST = 10_000


@pytest.fixture(scope="module")
def field(template: str, new_database: Callable[..., str]) -> Iterator[Field]:
    with in_the_field(new_database(template)) as made:
        yield made


@pytest.mark.parametrize("group", range(5))
def test_every_report_is_there_once_as_the_screen_said(field: Field, group: int) -> None:
    for seed in range(FIRST + 4 * group, FIRST + 4 * group + 4):
        came = run_schedule(field, seed)
        assert came.sound, (seed, came)


def test_a_report_that_is_erased_everywhere_would_be_noticed(field: Field) -> None:
    """The comparison can fail: a report that the store does not hold counts as lost."""
    came = run_schedule(field, FIRST)
    with field.store.begin() as conn:
        held = conn.exec_driver_sql("SELECT count(*) FROM sighting").scalar_one()
    assert came.made
    assert held == len(came.made)
