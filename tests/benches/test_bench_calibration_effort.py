"""The calibration at given efforts makes the cities that it says."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from bench import calibration
from bench.calibration import EFFORT_SCENES, cell, design, kind, row

from geosites.simulation import SCENES, Effort
from geosites.simulation.displacement_trials import make

EFFORTS = [Effort(visits=2.0, weeks_before=13), Effort(visits=12.0, weeks_before=39)]


def _made(name, effort, number=0):
    return make(np.random.default_rng([9, number]), kind(name, effort))


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("name", EFFORT_SCENES)
def test_a_city_has_the_visits_and_weeks_that_were_asked(name, effort):
    rates = []
    for number in range(6):
        made = _made(name, effort, number)
        assert made.event_week == effort.weeks_before
        assert made.truth.weeks == effort.weeks_before + 13
        assert made.seen.week.min() == -effort.weeks_before
        assert made.seen.week.max() == 12
        at_places = made.world.seen.place >= 0
        cells = made.truth.places * made.truth.weeks
        rates.append(at_places.sum() / cells)
    # uneven effort raises the target to the mean, which is a few per cent of all visits
    assert np.mean(rates) == pytest.approx(effort.visits, rel=0.06)


@pytest.mark.parametrize("name", EFFORT_SCENES)
def test_the_event_happens_when_it_is_said_to(name):
    made = _made(name, Effort(visits=2.0, weeks_before=13))
    gap = made.truth.heads - made.without.heads
    assert np.allclose(gap[:, :13], 0)
    assert np.allclose(gap[:, 13:], 0) == SCENES[name].null


def test_nothing_else_of_a_kind_changes():
    effort = Effort(visits=8.0, weeks_before=13)
    for name in EFFORT_SCENES:
        plain, given = SCENES[name].plan, kind(name, effort).effort.given(SCENES[name].plan)
        assert given.counting == plain.counting
        assert given.patrols == plain.patrols
        assert given.event == plain.event
        same = {"visits", "weeks", "event_week"}
        assert {k: v for k, v in vars(given.city).items() if k not in same} == {
            k: v for k, v in vars(plain.city).items() if k not in same
        }


def test_the_effort_of_a_kind_is_its_own_kind_again():
    own = SCENES["lived-move"].plan.city
    same = Effort(visits=own.visits, weeks_before=own.event_week)
    one_way, other = _made("lived-move", None), _made("lived-move", same)
    assert np.array_equal(one_way.seen.xy, other.seen.xy)
    assert np.array_equal(one_way.seen.heads, other.seen.heads)


def test_a_study_looks_at_all_weeks_before():
    for weeks in (13, 39):
        effort = Effort(visits=4.0, weeks_before=weeks)
        made = _made("lived-nothing", effort)
        result = made.study(np.random.default_rng(1), design(effort))
        assert result.design.weeks_before == weeks
        assert result.sample.visits == len(made.seen)


def test_the_option_writes_a_row_for_each_effort(monkeypatch, capsys):
    asked = ["--effort", "--scene", "lived-nothing", "--visits", "2", "6", "--weeks", "13", "26"]
    monkeypatch.setattr(sys, "argv", ["calibration", *asked, "--trials", "1", "--json"])
    calibration._main()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(r["visits"], r["weeks_before"]) for r in rows] == [
        (2.0, 13),
        (6.0, 13),
        (2.0, 26),
        (6.0, 26),
    ]
    assert {r["scene"] for r in rows} == {"lived-nothing"}
    assert rows[1]["at_target"] > rows[0]["at_target"] > 2


def test_no_two_efforts_share_their_chance():
    names = {cell("plain-nothing", each) for each in (None, *EFFORTS)}
    assert names == {"plain-nothing", "plain-nothing@2x13", "plain-nothing@12x39"}
    assert "visits" not in row("plain-nothing", trials=1)
