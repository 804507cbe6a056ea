"""A record of sightings alone is read as its authors read it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import declining_record_p, sighting_record, sighting_record_p
from geosites.core.errors import NotEnoughData, Refused
from samples.vectors import vector


def test_the_monk_seal_is_judged_as_published():
    published = vector("solow-monk-seal")
    told, expected = published["inputs"], published["expected"]
    record = sighting_record(told["sightings"], told["now"], told["prior_active"])
    found = [record.p, record.bayes_factor, record.p_active, record.upper]
    wanted = [
        expected["p"],
        expected["bayes_factor_active_over_extinct"],
        expected["p_active"],
        expected["upper95"],
    ]
    assert found == pytest.approx(wanted, abs=published["tolerance"])
    assert record.n == 4
    assert sighting_record_p(told["sightings"], told["now"]) == pytest.approx(record.p)


def test_the_ferret_with_ever_rarer_sightings_is_judged_as_published():
    published = vector("solow-ferret")
    told, expected = published["inputs"], published["expected"]
    p = declining_record_p(told["sightings_months"], told["now"])
    assert p == pytest.approx(expected["p"], abs=published["tolerance"])
    assert p == pytest.approx(expected["p_published"], abs=5e-4)


def test_a_sum_that_alternates_stays_exact_over_a_long_record():
    p = declining_record_p(list(range(1, 121)), 150)
    assert 0 < p < 1


def test_even_effort_changes_nothing():
    seal = vector("solow-monk-seal")["inputs"]
    plain = sighting_record_p(seal["sightings"], seal["now"])
    assert sighting_record_p(seal["sightings"], seal["now"], np.ones(77)) == pytest.approx(plain)
    assert sighting_record_p(seal["sightings"], seal["now"], np.ones(78)) == pytest.approx(plain)


def test_a_silence_in_which_nobody_looked_says_nothing():
    looked = {1.0: 5.0, 2.0: 5.0, 3.0: 0.0, 4.0: 0.0}
    assert sighting_record_p([0, 1, 2], 4, looked) == 1.0
    assert sighting_record_p([0, 1, 2], 4) == 0.25


def test_a_silence_in_which_everybody_looked_says_much():
    looked = {1.0: 1.0, 2.0: 1.0, 3.0: 4.0, 4.0: 4.0}
    assert sighting_record_p([0, 1, 2], 4, looked) == pytest.approx(0.2**2)


@given(
    gaps=st.lists(st.floats(0.1, 10), min_size=1, max_size=8),
    silence=st.floats(0, 10),
    longer=st.floats(0, 10),
)
def test_a_longer_silence_never_speaks_for_activity(gaps, silence, longer):
    record = np.cumsum([0, *gaps])
    now = record[-1] + silence
    assert sighting_record_p(record, now + longer) <= sighting_record_p(record, now) + 1e-12


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sighting_record_p([], 10),
        lambda: sighting_record_p([3], 10),
        lambda: sighting_record([1, 2], 10),
        lambda: sighting_record([1, 2, 5], 5),
        lambda: declining_record_p([4], 10),
        lambda: sighting_record_p([0, 1], 2, {0.0: 3.0}),
    ],
)
def test_a_record_too_short_gets_no_answer(ask):
    with pytest.raises(NotEnoughData):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sighting_record_p([0, 5], 4),
        lambda: sighting_record_p([0, float("nan")], 4),
        lambda: sighting_record_p([0, 2], 4, [1.0, 1.0]),
        lambda: sighting_record_p([0, 2], 4, [1.0, -1.0, 1.0, 1.0]),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(ask):
    with pytest.raises(Refused):
        ask()
