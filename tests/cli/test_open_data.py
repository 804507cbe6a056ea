"""`geosites open-data` and `geosites detection`, as they are run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Run
from plain import plain


@pytest.fixture
def run_own(
    run: Run,
    exercise_template: str,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Run:
    """Return a function that asks an exercise of the test's own, in a home of its own."""
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
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
    assert "Each headcount was changed a little at random" in shown
    assert "What is protected" in shown
    ledger = run_own("open-data", "ledger", "2022")
    assert "2022: 1.5 of 2 spent, 0.5 left." in plain(ledger.out)
    assert run_own("open-data", "ledger", "2022", "--json").document["left"] == 0.5


def test_a_store_put_back_to_an_older_state_has_not_unspent_anything(
    run: Run,
    exercise_template: str,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GEOSITES_LANGUAGE", "en")
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSITES_DATABASE_URL", new_database(exercise_template))
    older = tmp_path / "older.backup"
    assert run("db", "backup", str(older)).code == 0
    assert run("open-data", "release", "2022-Q3", "--epsilon", "1.5").code == 0
    assert run("db", "restore", str(older), "--replace").code == 0
    refused = run("open-data", "release", "2022-Q3", "--epsilon", "0.6")
    assert refused.code == 1
    assert "does not allow it: 1.5 of 2 spent, 0.6 asked" in plain(refused.err)
    ledger = run("open-data", "ledger", "2022")
    assert "2022: 1.5 of 2 spent, 0.5 left." in plain(ledger.out)
    assert "1.5 by tables that this store does not know" in plain(ledger.out)
    assert run("open-data", "release", "2022-Q3", "--epsilon", "0.5").code == 0
    assert run("open-data", "ledger", "2022", "--json").document["left"] == 0.0
    assert run("open-data", "release", "2021-Q3", "--epsilon", "2").code == 0


@pytest.mark.parametrize(
    "line",
    [
        "much",
        "2022-Q3 0.5",
        "2022-Q3 -1 2023-01-01T00:00:00+00:00",
        "2022-Q3 1/0 2023-01-01T00:00:00+00:00",
        "2022-Q3 1 2023-01-01",
    ],
)
def test_a_ledger_that_cannot_be_read_releases_nothing(
    run_own: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "public-tables.txt").write_text(line + "\n")
    refused = run_own("open-data", "release", "2022-Q3")
    assert (refused.code, "is not a release of a public table" in plain(refused.err)) == (1, True)


@pytest.mark.parametrize("epsilon", ["0", "-1", "much", "nan"])
def test_an_epsilon_that_is_no_number_above_0_is_wrong_usage(run_own: Run, epsilon: str) -> None:
    assert run_own("open-data", "release", "2022-Q3", f"--epsilon={epsilon}").code == 2


def test_detection_says_why_it_says_nothing(run_own: Run) -> None:
    asked = ("detection", "--as-of", "2022-10-10T00:00:00+02:00")
    assert "Too few to say how many people a crew misses" in plain(run_own(*asked).out)
    assert run_own(*asked, "--json").document["reason"] == "too_few_pairs"
