"""Twenty phones with random faults from seeds: nothing lost without a word, doubled, or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bench.field import Crew, Field, in_the_field, run_schedule
from playwright.sync_api import Browser

from browser.phones import forget_sightings

FIRST = 10_000


@pytest.fixture(scope="module")
def field(template: str, new_database: Callable[..., str], browser: Browser) -> Iterator[Field]:
    with in_the_field(new_database(template), browser) as made:
        yield made


@pytest.mark.parametrize("group", range(5))
def test_every_report_is_there_once_as_the_screen_said(field: Field, group: int) -> None:
    for seed in range(FIRST + 4 * group, FIRST + 4 * group + 4):
        came = run_schedule(field, seed)
        assert came.sound, (seed, came)


def test_a_report_that_is_erased_from_the_store_is_noticed(field: Field) -> None:
    """The comparison can fail: what the store does not hold counts as lost."""
    crew = Crew(field, FIRST)
    crew.sign_in()
    crew.page.goto(crew.url)
    crew.came.steps.append("report")
    crew.report()
    forget_sightings(field.store)
    crew.compare([])
    crew.context.close()
    assert len(crew.came.lost) == 1
