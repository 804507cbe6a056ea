"""Who stopped reporting that nobody was there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geosites.analysis.displacement import EffortVisits
from geosites.analysis.displacement.missing_zeros import silence

PLACES = 6


def _visits(seed=1, empty=0.3, mean=10.0):
    """Return three visits a week and unit to each place, `empty` of them without anybody."""
    rng = np.random.default_rng(seed)
    place, week, crew, _ = (each.ravel() for each in np.mgrid[0:PLACES, -26:13, 0:2, 0:3])
    heads = 1.0 + rng.poisson(mean - 1, len(place))
    heads[rng.random(len(place)) < empty] = 0
    seen = EffortVisits(
        xy=np.column_stack([place * 1000.0, np.zeros(len(place))]),
        week=week,
        heads=heads,
        territory=np.array(["A", "A", "B", "B", "C", "C"])[place],
        unit=np.array(["north", "south"])[crew],
    )
    return seen, place


def _silence(seen, place, target=None):
    nowhere = np.zeros(len(seen), dtype=bool)
    return silence(seen, place, nowhere if target is None else target)


def _without(seen, place, silent):
    kept = ~(silent & (seen.heads == 0) & (seen.week >= 0))
    return seen.where(kept), place[kept]


def test_nobody_is_silent_where_nothing_changed():
    for seed in range(20):
        quiet = _silence(*_visits(seed))
        assert (quiet.units, quiet.territories, quiet.target) == ((), (), False)


def test_a_unit_that_stopped_is_named_with_its_shares_before_and_after():
    seen, place = _visits()
    quiet = _silence(*_without(seen, place, seen.unit == "north"))
    assert quiet.units == ("north",)
    assert quiet.territories == ()
    (warning,) = quiet.warnings
    assert (warning.code, warning.unit, warning.territory) == ("zeros_missing", "north", None)
    assert warning.before == pytest.approx(0.3, abs=0.1)
    assert warning.after == 0


def test_a_territory_where_everybody_stopped_is_named():
    seen, place = _visits()
    quiet = _silence(*_without(seen, place, seen.territory == "B"))
    assert quiet.territories == ("B",)
    assert quiet.units == ()


def test_the_target_is_told_apart():
    seen, place = _visits()
    some, where = _without(seen, place, place == 0)
    assert _silence(some, where, where == 0).target
    assert not _silence(some, where, where == 2).target


def test_empty_visits_missing_in_the_last_weeks_alone_are_seen():
    seen, place = _visits(empty=0.5)
    late = (seen.heads == 0) & (seen.week >= 9)
    quiet = _silence(seen.where(~late), place[~late])
    assert quiet.units == ("north", "south")


def test_places_that_truly_filled_up_are_no_silence():
    rng = np.random.default_rng(7)
    seen, place = _visits()
    mean = np.where(seen.week < 0, 3.0, 12.0)
    heads = rng.negative_binomial(0.7, 0.7 / (0.7 + mean)).astype(float)
    quiet = _silence(replace(seen, heads=heads), place)
    assert (quiet.units, quiet.territories) == ((), ())


def test_an_empty_place_that_filled_up_is_no_silence():
    seen, place = _visits()
    heads = np.where(place >= 4, np.where(seen.week < 0, 0.0, 18.0), seen.heads)
    assert _silence(replace(seen, heads=heads), place).territories == ()


def test_visits_without_a_unit_make_none_silent():
    seen, place = _visits()
    some, where = _without(replace(seen, unit=None), place, np.ones(len(seen), dtype=bool))
    assert _silence(some, where).units == ()
    assert _silence(some, where).territories == ("A", "B", "C")


def _begun(seen, place, own, kept=0.0):
    """Return the visits without the empty ones to `own` before the event, but a share `kept`."""
    rng = np.random.default_rng(7)
    lost = own & (seen.heads == 0) & (seen.week < 0) & (rng.random(len(seen)) >= kept)
    return seen.where(~lost), place[~lost]


def test_a_target_where_they_begin_with_the_event_is_told_apart():
    for seed in range(10):
        seen, place = _visits(seed)
        some, where = _begun(seen, place, place == 0)
        assert _silence(some, where, where == 0).begun
        assert not _silence(some, where, where == 2).begun
        assert not _silence(some, where, where == 0).target


def test_a_territory_where_they_begin_is_named_with_its_shares():
    seen, place = _visits()
    quiet = _silence(*_begun(seen, place, seen.territory == "B"))
    assert quiet.territories == ("B",)
    (warning,) = quiet.warnings
    assert (warning.code, warning.unit, warning.territory) == ("zeros_begun", None, "B")
    assert warning.before == 0
    assert warning.after == pytest.approx(0.3, abs=0.1)


def test_a_scene_that_is_away_since_the_event_has_changed_where_others_are_never_away():
    seen, place = _visits(empty=0.02)
    gone = (place == 0) & (seen.week >= 0) & (np.random.default_rng(3).random(len(seen)) < 0.5)
    some = replace(seen, heads=np.where(gone, 0.0, seen.heads))
    assert not _silence(some, place, place == 0).begun


def test_a_scene_that_shrank_has_changed_although_none_was_ever_empty_before():
    seen, place = _visits(empty=0.3, mean=30.0)
    some, where = _begun(seen, place, place == 0)
    shrunk = (where == 0) & (some.week >= 0)
    heads = np.where(shrunk & (some.heads > 0), np.ceil(some.heads / 4), some.heads)
    assert not _silence(replace(some, heads=heads), where, where == 0).begun


def test_some_empty_visits_before_are_enough():
    seen, place = _visits()
    some, where = _begun(seen, place, place == 0, kept=0.5)
    assert not _silence(some, where, where == 0).begun
