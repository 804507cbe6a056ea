"""The page of benchmarks is what the results give, and no bench is passed over in silence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    """Return the module that writes the page; benches lie beside the tests, not in the package."""
    sys.path.insert(0, str(ROOT))
    from bench import page

    yield page
    sys.path.remove(str(ROOT))


def test_every_bench_has_a_result_or_a_reason_why_not(page: ModuleType) -> None:
    from bench.__main__ import names

    there, missing = set(page.results()), page.missing()
    assert there | set(missing) == set(names())
    assert there & set(missing) == set()
    assert all(len(reason) > 20 for reason in missing.values())


def test_the_page_is_what_the_results_give(page: ModuleType) -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page()


def test_every_result_says_when_and_on_what_it_was_measured(page: ModuleType) -> None:
    for name, found in page.results().items():
        assert found["name"] == name
        assert found["date"] > "2026"
        assert "cores" in found["machine"]
        assert {"Python", "PostgreSQL", "numpy"} <= set(found["versions"])
        assert found["rows"]


def test_a_new_result_takes_the_place_of_the_last_and_of_the_reason(
    page: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "missing.json").write_text(json.dumps({"one": "not yet", "two": "too long"}))
    promise = {"what": "ratio", "promised": "at most 2", "measured": 3.0, "kept": False}
    result = {
        "name": "one",
        "note": "on little data",
        "columns": ["what", "ms"],
        "rows": [["ours|theirs", 1.23456]],
        "promises": [promise],
        "date": "2026-01-02",
        "machine": "a machine, 2 cores",
        "load": 0.5,
        "versions": {"Python": "3.11"},
    }
    for number in (1, 2):
        page.keep({**result, "rows": [["ours|theirs", number]]}, tmp_path)
    text = page.page(tmp_path)
    assert "| ours/theirs | 2 |" in text
    assert "**broken**: ratio: at most 2, 3" in text
    assert "`one`: not yet" not in text
    assert "`two`: too long" in text
    assert "2026-01-02; a machine, 2 cores; load 0.5; Python 3.11" in text
