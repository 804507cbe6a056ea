"""`geosites open-data` and `geosites detection`, as they are run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.conftest import Run
from plain import plain


@pytest.fixture
def run_own(
    run: Run,
    exercise_template: str,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return a function that asks an exercise of the test's own."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", new_database(exercise_template))
    monkeypatch.setenv("GEOSITES_LANGUAGE", "en")
    return run


def test_tables_are_released_until_the_budget_of_the_year_is_spent(run_own: Run) -> None:
    first = run_own("open-data", "release", "2022-Q3", "--epsilon", "1.5", "--json")
    assert (first.code, first.document["revision"]) == (0, 1)
    refused = run_own("open-data", "release", "2022-Q4", "--epsilon", "0.6")
    assert refused.code == 1
    assert "the privacy budget of 2022 does not allow it: 1.5 of 2 spent, 0.6 asked" in plain(
        refused.err
    )
    assert run_own("open-data", "show", "2022-Q4").code == 1
    shown = plain(run_own("open-data", "show", "2022-Q3").out)
    assert "Each count has noise" in shown
    assert "What is protected" in shown
    ledger = run_own("open-data", "ledger", "2022")
    assert "2022: 1.5 of 2 spent, 0.5 left." in plain(ledger.out)
    assert run_own("open-data", "ledger", "2022", "--json").document["left"] == 0.5


@pytest.mark.parametrize("epsilon", ["0", "-1", "much", "nan"])
def test_an_epsilon_that_is_no_number_above_0_is_wrong_usage(run_own: Run, epsilon: str) -> None:
    assert run_own("open-data", "release", "2022-Q3", f"--epsilon={epsilon}").code == 2


def test_detection_says_why_it_says_nothing(run_own: Run) -> None:
    asked = ("detection", "--as-of", "2022-10-10T00:00:00+02:00")
    assert "Too few to say how many people a crew misses" in plain(run_own(*asked).out)
    assert run_own(*asked, "--json").document["reason"] == "too_few_pairs"
