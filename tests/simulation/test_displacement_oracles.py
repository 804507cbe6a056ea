"""What the visits would allow to be told: the most that a study is held to."""

from zlib import crc32

import numpy as np
import pytest

from geosites.analysis.displacement.study_design import Design
from geosites.simulation import displacement_oracles as oracles
from geosites.simulation.displacement_trials import SCENES, make

SEED = 20221005


def _made(name, number):
    return make(np.random.default_rng([SEED, crc32(name.encode()), number]), SCENES[name])


def _true(trial):
    return {
        str(trial.truth.territory[move.target])
        for move in trial.truth.moves
        if move.source == trial.target and move.target is not None
    }


def test_who_knows_the_places_names_the_receivers_nearly_always():
    right = []
    for number in range(30):
        trial = _made("plain-move", number)
        true, near = _true(trial), trial.around.near
        ranked, _ = oracles.receivers(trial)
        right.append(set(ranked[: len(true & near)]) == true & near)
    assert np.mean(right) >= 0.9


def test_a_territory_farther_away_is_named_where_it_truly_rose():
    named = []
    for number in range(40):
        trial = _made("lived-move", number)
        farther = _true(trial) - trial.around.near
        _, rose = oracles.receivers(trial)
        named += [code in rose for code in farther]
    assert len(named) >= 3
    assert np.mean(named) >= 0.6


def test_a_territory_farther_away_that_received_nothing_is_seldom_named():
    false = []
    for number in range(60):
        trial = _made("lived-move", number)
        _, rose = oracles.receivers(trial)
        false.append(bool(rose - _true(trial)))
    assert np.mean(false) <= 0.25


@pytest.mark.parametrize("number", range(3))
def test_the_level_of_the_target_is_that_of_its_own_visits(number):
    trial = _made("plain-halving", number)
    true = float(trial.truth.heads[trial.target, :26].mean())
    assert oracles.target_level(trial) == pytest.approx(true, rel=0.3)


def test_receivers_are_in_the_order_of_what_came_where_nothing_was_found_on_balance():
    number = 6  # others around fell by more than the two receivers rose
    trial = _made("lived-move", number)
    rng = np.random.default_rng([SEED, number])
    flows = trial.study(rng, Design(draws=100)).allocation.flows
    assert sum(flow.heads for flow in flows) == 0
    assert {flow.target for flow in flows[:2]} == _true(trial)
