"""Every page of the documentation has a picture that says in words what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from screenshots.docs_charts import hotspots, reliability
from screenshots.docs_diagrams import rooms
from screenshots.docs_pictures import FOLDER, names
from screenshots.docs_tables import numbers, table

ROOT = Path(__file__).parents[2]
AT_THE_ROOT = {
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FEWEST_WORDS = 5


def pages() -> Iterator[Path]:
    """Yield the file of every page that the navigation names, without the API reference."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    for page in _leaves(settings["nav"]):
        yield ROOT / AT_THE_ROOT.get(page, f"docs/{page}")


def _leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for inner in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from _leaves(inner)


def pictures(page: Path) -> list[tuple[str, Path]]:
    """Return the pictures of a page: the words for each, and its file."""
    found = PICTURE.findall(page.read_text(encoding="utf-8"))
    return [(alternative, (page.parent / name).resolve()) for alternative, name in found]


def test_the_navigation_is_read() -> None:
    assert len(list(pages())) > 50


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.stem)
def test_every_page_has_a_picture_told_in_words(page: Path) -> None:
    found = pictures(page)
    assert found, f"{page.name} has no picture"
    for alternative, file in found:
        assert file.is_file(), f"{page.name} shows {file.name}, which is not there"
        assert len(alternative.split()) >= FEWEST_WORDS, f"{page.name}: {alternative!r}"


def test_every_picture_is_made_by_the_program() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == names()


def test_a_chart_holds_the_figures_of_its_page() -> None:
    worlds = table("docs/calibration/closure.md", "world | P .5-.8")
    assert numbers(worlds[0][1]) == [0.7, 0.9, 230]
    drawn = reliability()
    assert (
        drawn.count("<circle")
        == 1
        + sum(1 for cell in worlds[0][1:] if numbers(cell))
        + sum(1 for cell in worlds[1][1:] if numbers(cell))
        + 1
    )
    for world, *_ in worlds:
        assert f">{world}</text>" in drawn
    crews = table("docs/calibration/hotspots.md", "world | crews")
    assert hotspots().count("<circle") == 2 + 2 * len(crews)


def test_a_table_that_is_gone_is_no_chart() -> None:
    with pytest.raises(StopIteration):
        table("docs/calibration/closure.md", "no such heading")


def test_the_rooms_are_those_of_the_contract() -> None:
    drawn = rooms()
    for name in ("cli", "web", "maps", "permissions", "services", "db", "analysis", "core"):
        assert f"<b>{name}</b>" in drawn
