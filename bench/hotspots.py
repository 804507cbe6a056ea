"""Significant cells of a map of 21,600: how fast beside esda, and how often on maps of nothing.

Then a whole week of 10,000 visits, from positions to ranked hotspots, and weeks of several crews:
how often in a week of nothing, and how often where one place holds four times the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from shapely.geometry import Point, box

from bench.table import Promise, Table, seconds
from geosites.analysis.hotspots.false_discovery_rate import benjamini_hochberg
from geosites.analysis.hotspots.permutation_null import pooled_p
from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots, WeekVisits, week_hotspots
from geosites.simulation import CrewWeek, rounds_week, shifts_week

Floats = npt.NDArray[np.float64]
SHAPE = (180, 120)
PERMUTATIONS = 999
SQUARE = np.ones((3, 3))
NULL_MAPS = 40
ALPHA = 0.05
CITY = box(637_000, 6_843_000, 672_000, 6_880_000)
QUARTER = box(650_000, 6_860_000, 658_000, 6_868_000)
CREW_WEEKS = 200
NEAR_M = 150
SITES = 8


def run() -> Table:
    """Return times of 999 permutations, and the maps of nothing on which a hotspot is found."""
    counts = np.random.default_rng(1).poisson(0.2, SHAPE)
    week, neighbours = _week(), _neighbours()
    pooled, esda, whole = seconds(
        [
            lambda: pooled_p(counts, SQUARE, PERMUTATIONS, np.random.default_rng(2)),
            lambda: _esda(counts, neighbours, PERMUTATIONS),
            lambda: _drawn(week),
        ],
        rounds=3,
    )
    ours, theirs, share = _false_maps(neighbours)
    return Table(
        name="hotspots",
        note=(
            f"{PERMUTATIONS} permutations on {SHAPE[0] * SHAPE[1]:,} cells of Poisson(.2), 3 x 3 "
            f"Gi*, one job, warm, shortest of 3; {NULL_MAPS} maps of nothing at alpha {ALPHA}"
        ),
        columns=(
            "what",
            "by",
            "seconds",
            "times esda",
            "maps with a false hotspot",
            "cells p <= .05",
        ),
        rows=(
            ("pooled permutations", "geosites", pooled, esda / pooled, ours, None),
            ("conditional permutations", "esda", esda, 1.0, theirs, share),
            ("a week of 10,000 visits", "geosites", whole, None, None, None),
        ),
        promises=(
            _at_least("times esda", 2.0, esda / pooled),
            _at_most("maps with a false hotspot", 4.0, float(ours)),
            _at_most("seconds for a week of 10,000 visits", 0.15, whole),
            *_crews(),
        ),
    )


def _at_least(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f">= {bound:g}", measured=measured, kept=measured >= bound)


def _at_most(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f"<= {bound:g}", measured=measured, kept=measured <= bound)


def _neighbours() -> Any:
    """Return the 3 x 3 neighbours of every cell, as esda wants them."""
    from libpysal.weights import lat2W  # type: ignore[import-not-found]

    weights = lat2W(*SHAPE, rook=False)
    weights.transform = "B"
    return weights


def _esda(counts: npt.NDArray[np.int64], neighbours: Any, permutations: int) -> Floats:
    from esda.getisord import G_Local  # type: ignore[import-not-found]

    values = counts.ravel().astype(float)
    scores = G_Local(values, neighbours, star=True, permutations=permutations, n_jobs=1, seed=1)
    return np.asarray(scores.p_sim)


def _false_maps(neighbours: Any) -> tuple[int, int, float]:
    """Return on how many maps of nothing each finds a hotspot, and esda's share of small p."""
    rng = np.random.default_rng(3)
    ours = theirs = 0
    small = []
    for _ in range(NULL_MAPS):
        counts = rng.poisson(0.2, SHAPE)
        ours += bool(benjamini_hochberg(pooled_p(counts, SQUARE, 99, rng), ALPHA).any())
        p = _esda(counts, neighbours, 99)
        theirs += bool(benjamini_hochberg(p, ALPHA).any())
        small.append(float((p <= ALPHA).mean()))
    return ours, theirs, float(np.mean(small))


def _week() -> WeekVisits:
    """Return a week of 10,000 visits to 300 places, a few of them full, and calls."""
    rng = np.random.default_rng(4)
    places = np.array([652_000, 6_862_000]) + rng.uniform(-6000, 6000, (300, 2))
    effort = rng.lognormal(0, 0.8, 300)
    place = rng.choice(300, 10_000, p=effort / effort.sum())
    level = rng.gamma(1, 5, 300) * (rng.random(300) < 0.5)
    xy = places[place] + rng.normal(0, 30, (10_000, 2))
    heads = rng.poisson(level[place] * rng.gamma(2, 0.5, 10_000))
    origin = rng.choice(["patrol", "survey", "call"], 10_000, p=[0.85, 0.1, 0.05])
    part = rng.integers(0, 4, 10_000)
    slot = 5 * rng.integers(0, 7, 10_000) + part
    return WeekVisits.of(xy, heads, origin, part, slot=slot, accuracy_m=20.0)


def _drawn(week: WeekVisits) -> WeeklyHotspots:
    sites = [Point(*xy).buffer(150) for xy in week.xy[:SITES]]
    found = week_hotspots(week, CITY, np.random.default_rng(5), perimeters=sites)
    _ = found.surface, found.observed_share
    return found


def _crews() -> list[Promise]:
    """Return how often a week of crews shows a hotspot, without one and with one planted."""
    found = []
    for name, made in (("rounds", rounds_week), ("shifts", shifts_week)):
        for crews in (1, 2, 3):
            weeks = [made(_chance(51, k), QUARTER, crews=crews) for k in range(CREW_WEEKS)]
            false = float(np.mean([bool(_looked_at(week).hotspots) for week in weeks]))
            found.append(_at_most(f"null weeks with a hotspot, {name}, {crews} crews", 0.07, false))
        planted = [made(_chance(52, k), QUARTER, factor=4.0) for k in range(CREW_WEEKS)]
        seen = float(np.mean([_is_found(week) for week in planted]))
        found.append(_at_least(f"four times the heads found by 12 visits, {name}", 0.75, seen))
    return found


def _chance(kind: int, number: int) -> np.random.Generator:
    return np.random.default_rng([kind, number])


def _looked_at(week: CrewWeek) -> WeeklyHotspots:
    visits = WeekVisits.of(week.xy, week.heads, "patrol", week.day_part, slot=week.slot)
    return week_hotspots(visits, QUARTER, np.random.default_rng(5))


def _is_found(week: CrewWeek) -> bool:
    spots = _looked_at(week).hotspots
    return any(np.hypot(*(week.planted - (spot.x, spot.y))) <= NEAR_M for spot in spots)
