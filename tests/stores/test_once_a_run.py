"""What several workers need is made by one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stores.once_a_run import once_a_run


class Made:
    """Counts how often it was made, and fails the first time if it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times = 0
        self.fails = fails

    def __call__(self) -> dict[str, list[str]]:
        self.times += 1
        if self.fails and self.times == 1:
            raise ValueError
        return {"8.6": ["é"]}


class Folder:
    """Stands for the folders of a run, of which each worker has one."""

    def __init__(self, run: Path) -> None:
        self.run = run

    def getbasetemp(self) -> Path:
        return self.run / "gw0"


@pytest.fixture
def factory(tmp_path: Path) -> Any:
    return Folder(tmp_path)


def test_the_second_worker_takes_what_the_first_has_made(
    factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    made = Made()
    assert [once_a_run(factory, "x", made) for _ in range(2)] == [{"8.6": ["é"]}] * 2
    assert made.times == 1


def test_after_a_failure_the_next_one_tries(factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    made = Made(fails=True)
    with pytest.raises(ValueError):
        once_a_run(factory, "x", made)
    assert once_a_run(factory, "x", made) == {"8.6": ["é"]}
    assert made.times == 2


def test_without_workers_nothing_is_kept(factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    made = Made()
    assert [once_a_run(factory, "x", made) for _ in range(2)] == [{"8.6": ["é"]}] * 2
    assert made.times == 2
