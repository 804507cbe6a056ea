"""Files, folders and modules that the documentation names exist: a rename has to reach it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
BASES = (ROOT, ROOT / "src" / "geosites", ROOT / "docs")
FILE = re.compile(r"`((?:[a-z0-9_-]+/)+(?:\w+\.py)?)`")
NAME = re.compile(r"`(geosites(?:\.\w+)+)(?:\(.*?\))?`")
UNITS = ("geosites.service", "geosites.env")
"""Files of systemd that look like modules."""


def test_every_file_and_folder_named_in_the_documentation_exists() -> None:
    named = [(page.name, name) for page in PAGES for name in FILE.findall(page.read_text())]
    assert len(named) > 20
    assert [one for one in named if not _exists(one[1])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_module_and_name_in_the_documentation_exists(page: Path) -> None:
    for name in sorted(set(NAME.findall(page.read_text())) - set(UNITS)):
        assert _resolves(name), name


HEADING = re.compile(r"(?m)^#+ .*\(((?:`\w+`(?:, )?)+)\)$")


def test_every_module_named_in_a_heading_of_the_methods_exists() -> None:
    below = ROOT / "src" / "geosites" / "analysis"
    modules = {path.stem for path in below.rglob("*.py")}
    pages = (ROOT / "docs" / "methods").glob("*.md")
    headed = [one for page in pages for one in HEADING.findall(page.read_text())]
    named = {name.strip("` ") for one in headed for name in one.split(",")}
    assert len(named) > 8
    assert named - modules == set()


def _exists(name: str) -> bool:
    """Return whether a path exists, from the root or anywhere below src (`charts/`)."""
    below = (ROOT / "src").rglob(name)
    return any(map(_holds_something, [*(base / name for base in BASES), *below]))


def _holds_something(path: Path) -> bool:
    """Return whether it is a file, or a folder with more than what Python left behind."""
    return path.is_file() or any(one.is_file() and one.suffix != ".pyc" for one in path.rglob("*"))


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
