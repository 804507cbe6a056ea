"""The page of the calibration takes new rows and keeps the others."""

from __future__ import annotations

from bench.calibration import SHOWN, VISITS
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


def _effort(scene, visits, weeks=26, **scores):
    told = _row(scene, **scores)
    return {**told, "visits": visits, "weeks_before": weeks, "at_target": visits}


def _efforts(rows):
    """Return the lines of the table of efforts by figure, city and weeks before."""
    text = written(PAGE.read_text(), rows)
    lines = text.split("<!-- table effort -->")[1].split("<!-- end -->")[0].strip().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {(row[0], row[2].strip("`"), int(row[3])): row[4:] for row in cells}


def test_an_effort_is_kept_from_the_least_visits_from_which_on_all_keep_it():
    found = dict(zip(VISITS, (0.86, 0.80, 0.85, 0.90, 0.88), strict=True))
    rows = [_effort("plain-halving", visits, found=value) for visits, value in found.items()]
    told = _efforts(rows)["a halving is found", "plain", 26]
    assert told == [".86", "**.80**", ".85", ".90", ".88", "6"]


def test_a_promise_that_the_most_visits_do_not_keep_is_told_as_not_kept():
    rows = [_effort("lived-halving", visits, found=0.9 - visits / 100) for visits in VISITS]
    assert _efforts(rows)["a halving is found", "lived", 26][-1] == "not kept"


def test_false_alarms_are_to_be_few_and_come_from_scenes_without_an_event():
    rows = [
        _effort("plain-nothing", 4.0, found=0.14),
        _effort("plain-halving", 4.0, found=0.99),
        _effort("plain-nothing", 8.0, weeks=39, found=0.13),
    ]
    told = _efforts(rows)
    name = "p ≤ .10 where nothing happened"
    assert told[name, "plain", 26] == ["", "**.14**", "", "", "", "not kept"]
    assert told[name, "plain", 39] == ["", "", "", ".13", "", "8"]


def test_levels_of_a_city_are_pooled_by_the_studies_answered():
    rows = [
        {**_effort("lived-nothing", 2.0, level_target=0.9, level_oracle=0.8), "answered": 100},
        {**_effort("lived-move", 2.0, level_target=1.0, level_oracle=1.0), "answered": 300},
        _effort("plain-nothing", 2.0, level_target=0.1, level_oracle=0.1),
    ]
    told = _efforts(rows)["level within 15 % (at best)", "lived", 26]
    assert told == [".97 (.95)", "", "", "", "", "2"]


def test_of_three_intervals_the_least_is_told():
    held = {"covers_cautious": 0.9, "covers_territories": 0.84, "covers_net": 0.95}
    told = _efforts([_effort("varied-move", 12.0, **held)])
    name = "interval of target, territories, city: the least"
    assert told[name, "varied", 26] == ["", "", "", "", "**.84**", "not kept"]


def test_rows_of_an_effort_leave_the_other_tables_alone():
    text = PAGE.read_text()
    start = text.index("<!-- table effort -->")
    new = written(text, [_effort("plain-halving", 2.0, found=0.01)])
    assert new[:start] == text[:start]
    assert new.split("## Warnings")[1] == text.split("## Warnings")[1]
