"""Tests that need files outside the project: run, or missed aloud, never passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISSED = "1 test needs files outside the project and did not run: set GEOSITES_DATA"
SCAN = "tests/analysis/test_scan.py"


def run(*words: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run pytest as a developer would, with or without a folder outside the project."""
    environment = {name: value for name, value in os.environ.items() if name != "GEOSITES_DATA"}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    if data is not None:
        environment["GEOSITES_DATA"] = str(data)
    argv: Sequence[str] = (sys.executable, "-m", "pytest", "-q", SCAN, *words)
    return subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_without_the_folder_they_are_left_out_and_counted(workers: tuple[str, ...]) -> None:
    done = run(*workers)
    assert done.returncode == 0
    assert MISSED in done.stdout
    assert "6 passed" in done.stdout
    assert "skipped" not in done.stdout


def test_with_the_folder_they_run_and_a_missing_file_fails(tmp_path: Path) -> None:
    done = run("-k", "new_york", data=tmp_path)
    assert done.returncode == 1
    assert "satscan_ny_cases.txt" in done.stdout
    assert MISSED not in done.stdout


def test_the_image_is_left_out_unless_it_is_asked_for_and_both_are_counted() -> None:
    done = run("tests/project/test_image.py")
    assert done.returncode == 0
    assert MISSED in done.stdout
    assert "3 tests build the image of the service and did not run: script/test --image" in (
        done.stdout
    )
    assert "6 passed" in done.stdout
