"""What is required has bounds, and what is installed lies within them."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
REQUIRED = [Requirement(text) for text in PROJECT["dependencies"]]
UNBOUNDED = {"tzdata"}
"""Data alone, by year."""


@pytest.mark.parametrize("one", REQUIRED, ids=lambda one: one.name)
def test_a_requirement_has_a_bound_below_and_above(one: Requirement) -> None:
    kinds = sorted(part.operator for part in one.specifier)
    assert kinds in ([[">="]] if one.name in UNBOUNDED else [["<", ">="], ["=="]])
    assert one.specifier.contains(version(one.name))


def test_the_requirements_are_fixed_within_the_bounds() -> None:
    lines = (Path(__file__).parents[2] / "requirements/run.txt").read_text()
    fixed = dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", lines, re.MULTILINE))
    for one in REQUIRED:
        assert one.specifier.contains(fixed[one.name.lower()]), one.name
