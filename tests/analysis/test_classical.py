"""The classical view beside the effort test."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import box

from geosites.analysis.classical import exceedances
from geosites.analysis.hotspots import WeekVisits, week_hotspots
from geosites.analysis.significance import exceedance
from geosites.analysis.simulate import planted_week
from geosites.analysis.trend import course


def test_a_planted_hotspot_exceeds_what_the_rest_of_the_city_gives() -> None:
    rng = np.random.default_rng(5)
    window = box(0, 0, 6_000, 6_000)
    visits = planted_week(rng, window).visits
    week = WeekVisits.of(visits.xy, visits.heads, visits.origin, visits.day_part)
    result = week_hotspots(week, window, rng)
    assert result.hotspots
    cells = [result.cells] * 12
    found = exceedances(
        result.cells, result.hotspots, [course(spot, cells) for spot in result.hotspots]
    )
    first = found[0]
    spot = result.hotspots[0]
    rest = len(week) - spot.visits
    rate = (week.heads.sum() - first.counted) / rest
    assert first.expected == pytest.approx(rate * spot.visits)
    assert first.counted > 2 * first.expected
    assert first.p_poisson == pytest.approx(float(exceedance(first.counted, first.expected)))
    assert first.p_poisson <= first.p_negative_binomial


def test_no_hotspot_has_no_exceedance() -> None:
    rng = np.random.default_rng(5)
    window = box(0, 0, 6_000, 6_000)
    result = week_hotspots(WeekVisits.of(np.empty((0, 2)), []), window, rng)
    assert exceedances(result.cells, result.hotspots, []) == []
