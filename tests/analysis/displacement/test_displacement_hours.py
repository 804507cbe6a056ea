"""How full places are by hour, learnt within place and week."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.displacement.hour_profile import BINS, HourProfile, bins_of, hour_profile

NIGHT, DAY = 0, 6


def _visits(rng, places=12, weeks=30, night=3.0, noise=True):
    """Return visits by night and by day to each place in each week, `night` times fuller."""
    place, week, hour = (each.ravel() for each in np.mgrid[0:places, -20 : weeks - 20, 0:2])
    level = 5.0 + 3.0 * place
    night = np.broadcast_to(night, places)[place]
    mean = level * np.where(hour == 0, night, 1.0) / ((night + 1) / 2)
    heads = rng.poisson(mean).astype(float) if noise else mean
    return place, week, np.where(hour == 0, NIGHT, DAY), heads


def test_hours_fall_into_bins_of_two_and_unknown_ones_into_none():
    assert bins_of(np.array([0.0, 1.9, 2.0, 23.9, np.nan])).tolist() == [0, 0, 1, 11, -1]


def test_a_place_three_times_fuller_by_night_is_found_to_be_so():
    place, week, hour, heads = _visits(np.random.default_rng(1))
    found = hour_profile(place, week, hour, heads)
    ratio = np.exp(found.log_factor[:, NIGHT] - found.log_factor[:, DAY])
    assert ratio == pytest.approx(3.0, rel=0.12)


def test_factors_are_one_on_the_mean_over_the_visited_hours_before():
    place, week, hour, heads = _visits(np.random.default_rng(1))
    factor = np.exp(hour_profile(place, week, hour, heads).log_factor)
    assert factor[:, [NIGHT, DAY]].mean(axis=1) == pytest.approx(1.0, abs=1e-6)


def test_who_goes_mostly_by_night_gives_places_no_higher_level():
    place, week, hour, heads = _visits(np.random.default_rng(1), noise=False)
    often = np.where(hour == NIGHT, 6, 1)
    by_night = hour_profile(*(np.repeat(each, often) for each in (place, week, hour, heads)))
    alike = hour_profile(place, week, hour, heads)
    ratio = np.exp(by_night.log_factor - alike.log_factor)[:, [NIGHT, DAY]]
    assert ratio == pytest.approx(1.0, abs=0.1)


def test_hours_hardly_ever_visited_do_not_count_in_the_mean():
    place, week, hour, heads = _visits(np.random.default_rng(1))
    rare = (np.arange(len(place)) % 20 == 0) & (hour == NIGHT)
    kept = rare | (hour == DAY)
    factor = np.exp(hour_profile(place[kept], week[kept], hour[kept], heads[kept]).log_factor)
    assert factor[:, DAY] == pytest.approx(1.0, abs=1e-6)


def test_visits_of_unknown_hours_count_as_they_are():
    place, week, hour, heads = _visits(np.random.default_rng(1))
    found = hour_profile(place, week, hour, heads)
    assert found.exposure(place, np.full(len(place), -1)).tolist() == [1.0] * len(place)


def test_the_same_heads_at_all_hours_leave_every_visit_nearly_whole():
    place, week, hour, heads = _visits(np.random.default_rng(2), night=1.0)
    exposure = hour_profile(place, week, hour, heads).exposure(place, hour)
    assert np.abs(exposure - 1).max() < 0.1


def test_a_place_of_its_own_habits_keeps_them():
    rng = np.random.default_rng(3)
    place, week, hour, heads = _visits(rng)
    other = place == 7
    flipped = np.where(hour == NIGHT, DAY, NIGHT)
    found = hour_profile(place, week, np.where(other, flipped, hour), heads)
    ratio = np.exp(found.log_factor[:, NIGHT] - found.log_factor[:, DAY])
    assert ratio[7] < 0.6
    assert (np.delete(ratio, 7) > 2).all()


def test_a_place_seen_at_one_hour_borrows_the_curve_and_its_doubt():
    night = np.exp(np.random.default_rng(9).normal(np.log(3), 0.4, 12))
    place, week, hour, heads = _visits(np.random.default_rng(4), night=night)
    kept = (place != 3) | (hour == NIGHT)
    found = hour_profile(place[kept], week[kept], hour[kept], heads[kept])
    ratio = np.exp(found.log_factor[:, NIGHT] - found.log_factor[:, DAY])
    assert 1.5 < ratio[3] < 4
    doubt = found.covariance[:, NIGHT, NIGHT] + found.covariance[:, DAY, DAY]
    doubt -= 2 * found.covariance[:, NIGHT, DAY]
    assert doubt[3] > 2 * np.delete(doubt, 3).max()


def test_too_few_places_teach_nothing():
    place, week, hour, heads = _visits(np.random.default_rng(5), places=3)
    assert not hour_profile(place, week, hour, heads).log_factor.any()
    unknown = np.full(len(place), -1)
    assert not hour_profile(place, week, unknown, heads).log_factor.any()


def test_hours_that_did_not_change_bring_no_doubt_and_those_that_did_bring_theirs():
    covariance = np.zeros((1, BINS, BINS))
    covariance[0, NIGHT, NIGHT] = 0.04
    profile = HourProfile(log_factor=np.zeros((1, BINS)), covariance=covariance)
    night, day = np.eye(BINS)[[NIGHT]], np.eye(BINS)[[DAY]]
    assert profile.doubt(night, night)[0] == 0
    assert profile.doubt(night, day)[0] == pytest.approx(0.2)
