"""Colours stand in one place, and reach screens, paper and QGIS from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import geosites
from geosites.exports import qgis_styles
from geosites.maps.printed import print_styles
from geosites.presentation import palette, static_assets

SOURCE = Path(geosites.__file__).parent
LITERAL = re.compile(
    r"""["':\s,(]\#(?:[0-9a-fA-F]{3,4}){1,2}(?![\w-])|\b(?:(?<!\.)rgb|(?<!\.)hsl)a?\(|["']white["']|["']black["']
    |:\s*(?:white|black)\b|"\d{1,3},\d{1,3},\d{1,3},\d{1,3}["]""",
    re.VERBOSE,
)
KINDS = (".py", ".css", ".js", ".html", ".svg")
ONLY_HERE = "presentation/palette.py"


def literals() -> list[str]:
    """Return every line of the source that holds a colour of its own."""
    return [
        f"{path.relative_to(SOURCE)}: {line.strip()[:80]}"
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in KINDS and path.relative_to(SOURCE).as_posix() != ONLY_HERE
        for line in path.read_text(encoding="utf-8").splitlines()
        if LITERAL.search(line)
    ]


@pytest.mark.parametrize(
    "line",
    ["color: #fff;", 'c="#17202b"', "fill: rgb(1, 2, 3)", 'edgecolor="white"', '"27,27,27,255"'],
)
def test_a_colour_is_recognised(line: str) -> None:
    assert LITERAL.search(line)


def test_no_colour_stands_anywhere_else() -> None:
    assert literals() == []


def test_every_colour_of_the_style_sheet_is_in_the_palette() -> None:
    sheets = [path.read_text() for path in static_assets.folder().glob("*.css")]
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", "".join(sheets)))
    assert len(sheets) >= 4
    assert used - {"wide"} <= palette.PALETTE.keys()  # a width that follows the zoom
    assert static_assets.sent("app.css").startswith(f":root{{--ink:{palette.PALETTE['ink'].day};")


def test_screens_paper_and_qgis_have_the_same_colours() -> None:
    styled = static_assets.sent("app.css") + static_assets.sent("tables.css")
    for rank in range(1, 6):
        drawn = print_styles.area_style({"kind": "density", "rank": rank})["facecolor"]
        assert f"--d{rank}:{drawn}" in styled
    assert f"--report:{print_styles.area_style({'kind': 'reported'})['edgecolor']}" in styled
    assert palette.rgba("ink") in qgis_styles.qml(qgis_styles.STYLES["sightings"])
    assert f'fill="{palette.day("accent")}"' in static_assets.sent("icon.svg")


def test_what_a_menu_hides_is_darkened_by_day_and_by_night() -> None:
    sheet = static_assets.sent("tables.css")
    (shade,) = re.findall(r"::backdrop\{background:var\(--([a-z-]+)\)", sheet)
    colour = palette.PALETTE[shade]
    for one in (colour.day, colour.night):
        digits = one[1:] if len(one) == 7 else "".join(2 * digit for digit in one[1:])
        assert max(bytes.fromhex(digits)) < 64, one


def test_colours_are_written_as_each_reader_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        "short": palette.Colour("#fff", "#000", "#000"),
        "long": palette.Colour(*["#2b3a8c"] * 3),
    }
    monkeypatch.setattr(palette, "PALETTE", known)
    assert palette.day("short") == "#ffffff"
    assert palette.day("long", "1f") == "#2b3a8c1f"
    assert palette.rgba("long") == "43,58,140,255"
