"""What style sheets, scripts and palette must hold for everybody to see and use a page."""

from __future__ import annotations

import re

import pytest

from geosites.analysis.closure.status_table import STATUS_TABLE, StatusRow
from geosites.presentation import static_assets
from geosites.presentation.palette import PALETTE

SHEETS = [name for name in static_assets.names() if name.endswith(".css")]
SCRIPTS = [name for name in static_assets.names() if name.endswith(".js")]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1, 0 to 1."""
    digits = colour.removeprefix("#")
    pairs = re.findall("..", digits) if len(digits) == 6 else [2 * digit for digit in digits]
    parts = [int(pair, 16) / 255 for pair in pairs]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize("name", ["quiet", "accent", "closed", "doubt", "alarm", "ink"])
def test_fields_focus_and_marks_stand_out(name: str, scheme: str) -> None:
    for ground in ("paper", "ground", "wash"):
        over = contrast(getattr(PALETTE[name], scheme), getattr(PALETTE[ground], scheme))
        assert over >= 3, (name, ground, over)


def test_each_state_has_a_shape_of_its_own() -> None:
    signs = [
        (row.sign.outline, row.sign.dotted, row.sign.filled, row.sign.bar) for row in STATUS_TABLE
    ]
    assert len(set(signs)) == len(STATUS_TABLE) == len({row.word for row in STATUS_TABLE})


@pytest.mark.parametrize("row", STATUS_TABLE, ids=lambda row: row.status.value)
def test_each_state_has_its_colour_as_a_sign_and_in_the_chart(row: StatusRow) -> None:
    said, colour = static_assets.sent("tables.css"), rf"{{color:var\(--{row.sign.colour}\)}}"
    assert row.sign.colour in PALETTE
    sign = re.findall(rf"\.shape:has\([^)]*\[href\$=-{row.status}\][^)]*\)({{[^}}]*}})", said)
    bars = re.findall(rf"(?<=[,}}])\.bar-{row.status}(?:,[^{{]*)?({{[^}}]*}})", said)
    assert [bool(re.fullmatch(colour, one)) for one in sign] == [True]
    assert [bool(re.fullmatch(colour, one)) for one in bars] == [True] + [False] * row.sign.faint


@pytest.mark.parametrize("name", SHEETS)
def test_no_word_comes_from_a_style_sheet(name: str) -> None:
    said = re.findall(r"(?<!-)content:\s*([^;}]+)", static_assets.sent(name))
    assert [
        text for text in said if re.search("[A-Za-z]", text.replace("attr(data-label)", ""))
    ] == []
    assert not re.search(
        r":hover[^{]*\{[^}]*(display|visibility|content|left|opacity)", static_assets.sent(name)
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_act_on_release_and_know_no_motion(name: str) -> None:
    said = static_assets.sent(name)
    for event in ("mousedown", "pointerdown", "touchstart", "devicemotion", "deviceorientation"):
        assert not re.search(rf"[\"'(.]{event}|on{event}", said), event


def test_no_page_asks_for_an_orientation() -> None:
    assert all("orientation" not in static_assets.sent(name) for name in (*SHEETS, *SCRIPTS))
