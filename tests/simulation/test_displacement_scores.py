"""A judge that could not say "wrong" would prove nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geosites.analysis.displacement import Design
from geosites.analysis.displacement.result import Caveat
from geosites.simulation.displacement_scores import judge, rates, warned
from geosites.simulation.displacement_trials import EVENT_WEEK, SCENES, make


def _studied(kind, number=0):
    rng = np.random.default_rng([9, number])
    made = make(rng, SCENES[kind])
    return made, made.study(rng, Design(draws=100))


@pytest.fixture(scope="module")
def moved():
    return _studied("new-490")


@pytest.fixture(scope="module")
def halved():
    return _studied("lived-halving")


def _truly(made, members):
    gap = made.truth.heads - made.without.heads
    return gap[members, EVENT_WEEK:].mean(axis=1).sum()


def test_an_interval_is_right_only_where_it_holds_the_true_effect(halved):
    made, result = halved
    true = _truly(made, [made.target])
    for low, high, right in ((true - 1, true + 1, 1), (true + 1, true + 9, 0), (0, 0, 0)):
        other = replace(result, target=replace(result.target, low=low, high=high), slope=None)
        assert judge(made, other)["covers_target"] == [right]
        assert judge(made, other)["covers_cautious"] == [right]


def test_the_estimate_with_a_slope_is_judged_where_the_words_follow_it(halved):
    made, result = halved
    true = _truly(made, [made.target])
    slope = replace(result.slope, low=true + 1, high=true + 9)
    target = replace(result.target, low=true - 1, high=true + 1)
    for explains, right in ((True, 0), (False, 1)):
        other = replace(result, target=target, slope=replace(slope, explains=explains))
        assert judge(made, other)["covers_cautious"] == [right]


def test_what_is_found_follows_the_cautious_p(halved):
    made, result = halved
    sure = replace(result, cautious_p=0.01)
    assert judge(made, sure)["found"] == [True]
    assert judge(made, replace(sure, cautious_p=0.2))["found"] == [False]


def test_a_level_is_right_within_fifteen_percent(halved):
    made, result = halved
    standing = made.truth.heads[made.target, :EVENT_WEEK].mean()
    for factor, right in ((1.14, 1), (1.16, 0), (0.84, 0)):
        other = replace(result, target=replace(result.target, before=standing * factor))
        scores = judge(made, other)
        assert scores["level_target"] == [right]
        assert scores["ratio_target"] == [pytest.approx(factor)]


def test_a_new_place_must_be_named_where_it_is(moved):
    made, result = moved
    new, stands = made.world.new, _truly(made, [made.world.new])
    x, y = made.truth.xy[new]
    place = replace(result.new_places[0], xy=(x + 150, y), low=stands - 1, high=stands + 1)
    near = judge(made, replace(result, new_places=(place,)))
    assert near["new_found"] == near["covers_new"] == [True]
    assert near["false_new"] == [False]
    nobody = made.truth.xy.min(axis=0) - 3000
    far = judge(made, replace(result, new_places=(replace(place, xy=tuple(nobody)),)))
    assert far["new_found"] == far["covers_new"] == [False]
    assert far["false_new"] == [True]
    assert judge(made, replace(result, new_places=()))["new_found"] == [False]


def test_a_new_place_that_is_not_named_is_missed_in_its_territory_and_in_the_city(moved):
    made, result = moved
    code = str(made.truth.territory[made.world.new])
    known = np.flatnonzero(made.truth.territory == code)
    others = _truly(made, [place for place in known if place != made.world.new])
    net = _truly(made, [place for place in range(made.truth.places) if place != made.world.new])
    tight = replace(
        result,
        territories=tuple(
            replace(row, change=replace(row.change, low=others - 1, high=others + 1))
            for row in result.territories
            if row.code == code
        ),
        net=replace(result.net, low=net - 1, high=net + 1),
    )
    assert judge(made, tight)["covers_territories"] == [True]
    assert judge(made, tight)["covers_net"] == [True]
    missed = judge(made, replace(tight, new_places=()))
    assert missed["covers_territories"] == [False]
    assert missed["covers_net"] == [False]


def test_the_right_receivers_are_told_by_flows_new_places_or_territories_farther_away(moved):
    made, result = moved
    alone = replace(result, allocation=None, farther=())
    assert judge(made, alone)["right_first"] == [True]
    wrong = replace(alone.new_places[0], territory="elsewhere", heads=1000.0)
    assert judge(made, replace(alone, new_places=(wrong,)))["right_first"] == [False]
    row = replace(result.territories[0], code="elsewhere")
    scores = judge(made, replace(alone, farther=(row,)))
    assert scores["right_first"] == scores["false_farther"] == [True]
    told = judge(made, replace(alone, new_places=()))
    assert told["right_first"] == told["right_largest"] == [False]


def test_a_receiver_farther_away_must_be_told_as_such():
    made, result = _studied("new-2000")
    code = str(made.truth.territory[made.world.new])
    apart = replace(made, around=replace(made.around, near=frozenset(made.around.near) - {code}))
    silent = replace(result, allocation=None, new_places=(), farther=())
    assert judge(apart, silent)["right_first"] == [False]
    row = replace(result.territories[0], code=code)
    assert judge(apart, replace(silent, farther=(row,)))["right_first"] == [True]


def test_an_account_that_does_not_add_up_is_seen(moved):
    made, result = moved
    assert judge(made, result)["adds_up"] == [True]
    sums = replace(result.accounting, not_found=result.accounting.not_found + 0.5)
    assert judge(made, replace(result, accounting=sums))["adds_up"] == [False]


def test_a_place_on_a_border_may_stand_on_either_side():
    made, result = _studied("border-move", 3)
    seen, code = made.world.seen, made.truth.territory[made.target]
    shares = [
        np.mean(seen.territory[seen.place == made.target] == each)
        for each in np.unique(seen.territory)
    ]
    assert sum(share >= 0.1 for share in shares) >= 1
    (row,) = [row for row in result.territories if row.code == code]
    true = _truly(made, made.truth.territory == code)
    tight = replace(row, change=replace(row.change, low=true - 0.01, high=true + 0.01))
    assert judge(made, replace(result, territories=(tight,)))["covers_territories"] == [True]
    off = replace(row, change=replace(row.change, low=true - 500, high=true - 400))
    assert judge(made, replace(result, territories=(off,)))["covers_territories"] == [False]


def test_rates_are_means_over_all_trials_and_leave_out_what_nobody_scored(halved):
    made, result = halved
    warning = replace(result, warnings=(Caveat(code="hours_changed"),))
    assert warned(warning) == {"hours_changed"}
    assert "new_found" not in judge(made, result)
    assert rates([{"a": [1, 0], "b": []}, {"a": [1, 1]}]) == {"a": 0.75}
