"""The simulator of closed sites tells the truth it claims to know."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from geosites.analysis.closure.evidence import DAY_US, instant, microseconds
from geosites.core import city
from geosites.core.errors import Refused
from geosites.core.weeks import DAY_PARTS, day_part
from geosites.simulation.reactivation import CLOSED_AT, ReactivationScenario, simulate

CLOSED_US = microseconds(CLOSED_AT)


def sites(seed=1, **options):
    return simulate(ReactivationScenario(**options), np.random.default_rng(seed))


def test_the_same_seed_gives_the_same_sites():
    one, other = sites(sites=3), sites(sites=3)
    for left, right in zip(one, other, strict=True):
        assert np.array_equal(left.visits.observed_at, right.visits.observed_at)
        assert np.array_equal(left.visits.headcount, right.visits.headcount)
        assert np.array_equal(left.active_from, right.active_from)
        assert left.closure == right.closure
    assert not np.array_equal(one[0].active_until, sites(seed=2, sites=3)[0].active_until)


def test_every_site_is_active_until_it_is_closed():
    for site in sites(sites=20):
        before = np.arange(CLOSED_US - 100 * DAY_US, CLOSED_US, DAY_US)
        assert site.active_at(before).all()
        assert not site.active_at(CLOSED_US - 500 * DAY_US)


def test_closing_clears_the_share_it_should():
    cleared = [not site.active_at(CLOSED_US) for site in sites(sites=400, days_after=1)]
    assert np.mean(cleared) == pytest.approx(0.5, abs=0.07)


def test_clear_sites_come_back_at_the_rate_asked_for():
    found = sites(sites=200, days_after=730, cleared_by_closing=1.0, reactivation_per_year=1.0)
    asked = CLOSED_US + np.arange(730) * DAY_US
    clear_years = sum((~site.active_at(asked)).sum() for site in found) / 365.25
    returns = sum(site.reactivations.size for site in found)
    assert returns / clear_years == pytest.approx(1.0, rel=0.15)


def test_patrols_see_heads_only_where_there_are_any():
    for site in sites(sites=10, false_alarms_per_year=0.0):
        seen = np.asarray(site.visits.headcount) > 0
        assert site.active_at(site.visits.observed_at[seen]).all()


def test_patrols_see_an_active_scene_as_often_as_asked():
    found = sites(sites=30, detection=(0.75, 0.75), calls_per_year=0.0, false_alarms_per_year=0.0)
    heads = np.concatenate([np.asarray(site.visits.headcount) for site in found])
    active = np.concatenate([site.active_at(site.visits.observed_at) for site in found])
    assert np.mean(heads[active] > 0) == pytest.approx(0.75, abs=0.03)


def test_a_rhythm_of_three_days_makes_two_visits_in_any_week():
    for site in sites(sites=5, days_between=3, repeat_share=0.0, calls_per_year=0.0):
        at = np.sort(site.visits.observed_at[np.asarray(site.visits.effort)])
        assert (at[2:] - at[:-2]).max() < 7 * DAY_US


def test_visits_fall_on_the_parts_of_the_paris_day_that_are_visited():
    for site in sites(sites=5, visited_parts=(0.0, 0.0, 0.5, 0.5), calls_per_year=0.0):
        effort = np.asarray(site.visits.effort)
        hours = [_hour(at) for at in site.visits.observed_at[effort].tolist()]
        parts = {DAY_PARTS[hour // 6] for hour in hours}
        assert parts == set(DAY_PARTS[2:])


def _hour(at):
    return dt.datetime.fromtimestamp(at / 1e6, city.zone()).hour


def test_crews_that_come_twice_see_the_same():
    (site,) = sites(sites=1, repeat_share=1.0, calls_per_year=0.0, false_alarms_per_year=0.0)
    heads = np.asarray(site.visits.headcount) > 0
    first, again = np.split(heads, 2)
    assert np.mean(first == again) > 0.99


def test_an_impossible_scenario_is_refused():
    with pytest.raises(Refused):
        ReactivationScenario(days_between=0)


def test_scenes_may_hide_and_come_back_at_night_only():
    found = {before: ([], []) for before in (True, False)}
    for site in sites(
        sites=40,
        detection=(0.9, 0.9),
        detection_after=(0.3, 0.3),
        returns_in=(0,),
        visited_parts=(0.25,) * 4,
        calls_per_year=0.0,
        false_alarms_per_year=0.0,
        reactivation_per_year=6.0,
    ):
        at = site.visits.observed_at
        seen = np.asarray(site.visits.headcount) > 0
        night = np.array([day_part(instant(int(one))).value == "night" for one in at])
        for before, (by_night, by_day) in found.items():
            here = site.active_at(at) & ((at < CLOSED_US) == before)
            by_night.append(seen[here & night])
            by_day.append(seen[here & ~night])
    shares = {
        before: [np.concatenate(one).mean() for one in parts] for before, parts in found.items()
    }
    assert shares[True] == pytest.approx([0.9, 0.9], abs=0.05)
    assert shares[False] == pytest.approx([0.3, 0.0], abs=0.05)
