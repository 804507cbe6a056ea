"""The declaration of accessibility: complete, computed, and resting on tests that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from geosites.presentation.accessibility import CRITERIA, Outcome, declaration
from geosites.presentation.accessibility.declaration import THEMES, rate
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language

TESTS = Path(__file__).parents[1]
EACH_THEME = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""How many criteria the thirteen themes of RGAA 4.1 have."""


def test_each_of_the_106_criteria_stands_once_in_order() -> None:
    expected = [
        f"{theme}.{number}"
        for theme, count in enumerate(EACH_THEME, 1)
        for number in range(1, count + 1)
    ]
    assert [item.number for item in CRITERIA] == expected
    assert len(expected) == 106
    assert [len(table.rows) for table in declaration(Words()).tables] == [*EACH_THEME]
    assert len(THEMES) == 13


def test_what_is_called_conform_names_a_test_that_exists() -> None:
    named = {test for item in CRITERIA for test in item.tests}
    files = sorted({str(TESTS / test.partition("::")[0]) for test in named})
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        *files,
    ]
    done = subprocess.run(argv, cwd=TESTS.parent, capture_output=True, text=True, check=False)
    there = {line.removeprefix("tests/") for line in done.stdout.splitlines() if "::" in line}
    there |= {re.sub(r"\[.*", "", test) for test in there}
    assert named - there == set()
    assert [item.number for item in CRITERIA if not item.tests] == [
        item.number for item in CRITERIA if item.outcome is not Outcome.CONFORM
    ]


def test_the_rate_is_counted() -> None:
    conform = sum(item.outcome is Outcome.CONFORM for item in CRITERIA)
    failing = sum(item.outcome is Outcome.FAILING for item in CRITERIA)
    assert rate() == conform / (conform + failing)
    said = declaration(Words(Language.ENGLISH))
    assert said.state == "Accessibility: partially compliant"
    assert (
        f"Of the 106 criteria of RGAA 4.1, {conform + failing} apply; {conform} of them"
        in said.rate
    )
    assert [item.number for item in said.failing] == [
        item.number for item in CRITERIA if item.outcome is Outcome.FAILING
    ]
