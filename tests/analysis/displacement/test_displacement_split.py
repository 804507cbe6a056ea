"""A target whose visits stand at two spots since the event is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely

from geosites.analysis.displacement import EffortVisits, Surroundings, study
from geosites.analysis.displacement.study_design import Design
from geosites.core.errors import NotEnoughData

CENTRES = np.array([[0.0, 0.0], *[[4000.0 + 1000 * (n % 4), 1000.0 * (n // 4)] for n in range(8)]])
TARGET = shapely.Point(0, 0).buffer(100)


def _study(apart, weeks=(-26, 13), always=False, around=None, spread=40.0, anywhere=0.0):
    rng = np.random.default_rng(5)
    place, week, _ = (each.ravel() for each in np.mgrid[0 : len(CENTRES), weeks[0] : weeks[1], 0:3])
    xy = CENTRES[place] + rng.normal(0, spread, (len(place), 2))
    moved = (place == 0) & (always | (week >= 0))
    xy[moved, 1] += apart * (rng.random(moved.sum()) - 0.5 > 0) - apart / 2
    xy[moved, 1] += anywhere * (rng.random(moved.sum()) - 0.5)
    heads = rng.poisson(np.where(moved, 15, 30)).astype(float)
    codes = np.array(["T", *"FFFFGGGG"])[place]
    seen = EffortVisits(xy=xy, week=week, heads=heads, territory=codes)
    given = around or Surroundings(near=["T"])
    return study(seen, TARGET, given, Design(draws=50), rng=np.random.default_rng(1))


def test_a_target_that_parted_at_the_event_is_refused():
    with pytest.raises(NotEnoughData) as refused:
        _study(150, spread=25.0)
    assert refused.value.cause == "target_split"
    told = str(refused.value)
    assert 130 < int(re.search(r"two, (\d+) m apart", told)[1]) < 170


@pytest.mark.parametrize(
    "told",
    [
        {"apart": 0},
        {"apart": 60},
        {"apart": 150, "always": True, "spread": 25.0},
        {"apart": 150, "weeks": (-26, 6), "spread": 25.0},
        {"apart": 150, "spread": 25.0, "around": Surroundings(near=["T"], sites=[TARGET])},
        {"apart": 0, "spread": 100.0},
        {"apart": 0, "anywhere": 300.0},
    ],
)
def test_others_are_not(told):
    assert _study(**told).target.places == 1
