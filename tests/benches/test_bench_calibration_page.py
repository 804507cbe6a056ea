"""The page of the calibration takes new rows and keeps the others."""

from __future__ import annotations

from bench.calibration import SHOWN
from bench.calibration_page import PAGE, written


def _row(scene, **scores):
    nothing = {"refused": None, "warned": None, **dict.fromkeys(SHOWN)}
    return {"scene": scene, "trials": 200, "answered": 200, **nothing, **scores}


def test_without_new_rows_the_page_stays_as_it_is():
    text = PAGE.read_text()
    assert written(text, []) == text


def test_a_new_row_stands_in_its_place_and_the_others_stay():
    text = PAGE.read_text()
    new = written(text, [_row("uneven-halving", found=0.123, level_oracle=1.0)])
    changed = [
        (old, line)
        for old, line in zip(text.splitlines(), new.splitlines(), strict=True)
        if old != line
    ]
    assert len(changed) == 1
    assert changed[0][0].startswith("| `uneven-halving` |")
    assert changed[0][1].startswith("| `uneven-halving` | **.12** |")


def test_a_scene_that_is_refused_now_leaves_the_other_tables():
    new = written(PAGE.read_text(), [_row("plain-move", found=0.9)])
    assert new.count("| `plain-move` |") == 1
