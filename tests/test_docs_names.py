"""Files and modules that the documentation names exist: a rename has to reach it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
BASES = (ROOT, ROOT / "src" / "geosites", ROOT / "docs")
FILE = re.compile(r"`((?:[\w-]+/)+\w+\.py)`")
NAME = re.compile(r"`(geosites(?:\.\w+)+)(?:\(.*?\))?`")
UNITS = ("geosites.service", "geosites.env")
"""Files of systemd that look like modules."""


def test_every_file_named_in_the_documentation_exists() -> None:
    named = [(page.name, name) for page in PAGES for name in FILE.findall(page.read_text())]
    assert len(named) > 20
    missing = [one for one in named if not any((base / one[1]).exists() for base in BASES)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_module_and_name_in_the_documentation_exists(page: Path) -> None:
    for name in sorted(set(NAME.findall(page.read_text())) - set(UNITS)):
        assert _resolves(name), name


def _resolves(name: str) -> bool:
    """Return whether a dotted name is a module, or an attribute of one."""
    for_module, rest = name, []
    while for_module:
        try:
            found: object = importlib.import_module(for_module)
        except ModuleNotFoundError:
            for_module, _, last = for_module.rpartition(".")
            rest.insert(0, last)
            continue
        for part in rest:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False
