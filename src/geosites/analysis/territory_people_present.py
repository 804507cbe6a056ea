"""People present by territory and week, with an interval, as small rows that add up.

The rows of one territory do not depend on those of any other, and totals over territories are sums
of rows. Years of weeks may therefore be computed in shards, in any process.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.parameters import POLICY
from geosites.analysis.hotspots.week_visits import WeekVisits
from geosites.analysis.hotspots.weekly_hotspots import week_places
from geosites.analysis.place_levels import weighing
from geosites.analysis.places import Places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROW = np.dtype(
    [
        ("territory", "U8"),
        ("visits", "i8"),
        ("positive", "i8"),
        ("places", "i8"),
        ("heads", "f8"),
        ("low", "f8"),
        ("high", "f8"),
        ("heads_counted", "i8"),
    ]
)
"""One territory in one week. `low` and `high` are the 90 % interval of `heads`."""

DRAWS = 400
TAIL = 0.05
FEWEST_RESIDUALS = 10
MANY = 30

IN_CACHE = 12_000
"""Draws per chunk: they stay in the processor's cache, and need no new memory pages."""

HALO_M = 2 * POLICY.place_merge_m
"""How far beyond its own territories the visits of a shard may be."""


def standing(
    visits: WeekVisits,
    codes: Sequence[str],
    areas: npt.NDArray[np.object_],
    rng: np.random.Generator,
    effort_known: bool | None = None,
    *,
    grounds: Places | None = None,
    home: Ints | None = None,
    told: Ints | None = None,
) -> npt.NDArray[np.void]:
    """Return a row (`ROW`) for each of the territories `codes` where anyone looked or reported.

    `visits` are those of one week in these territories and `HALO_M` around; `areas` (n,) are the
    territories' polygons in metres. `effort_known` refers to the whole week; by default the given
    visits are the whole week. Without visits there is no row.

    A place counts wholly in one territory. By default places are found among the visits given, and
    each is in the territory of its centre; a place whose centre is in none of them belongs to
    another shard. If the whole week is known, `grounds` are the places of the visits that count,
    `home` (places,) and `told` (n,) the territories of the places and of all sightings, as indices
    of `codes`, -1 for another shard.

    The interval is a residual bootstrap (Davison & Hinkley 1997, section 3.2): each place keeps its
    mean m, and every visit to it sees m + sqrt(v) r with v = m + c m^2, where r is drawn from all
    residuals (h - m) / sqrt(v) of places visited more than once, and c is the overdispersion of
    these places (by moments). Two visits that see 8 and 12: m = 10, and where c = 0, v = 10,
    residuals of +-0.89 after the correction for one mean estimated from two. Simulated with three
    visits per place and highly variable counts, the interval covers the truth in .87 of cases.
    """
    known = visits.effort_known if effort_known is None else effort_known
    seen = visits.where(visits.effort) if known else visits
    grounds = week_places(seen) if grounds is None else grounds
    home = _held(areas, grounds.centre) if home is None else home
    place = grounds.index
    weighs = weighing(place, grounds.core, seen.heads)
    at, counted = place[weighs], seen.heads[weighs]
    times, means = np.bincount(at), _means(at, counted)
    rows = np.zeros(len(codes), dtype=ROW)
    rows["territory"] = codes
    own = home >= 0
    made = {"visits": np.bincount(place), "positive": _positive(place, seen.heads)}
    for name, values in made.items():
        rows[name] = np.bincount(home[own], values[own], len(codes))
    rows["places"] = np.bincount(home[own], minlength=len(codes))
    rows["heads"] = np.bincount(home[own], means[own], len(codes))
    drawn = _drawn(at, counted, times, means, rng)
    rows["low"], rows["high"] = _interval(drawn[:, own], home[own], len(codes))
    told = _held(areas, visits.xy) if told is None else told
    rows["heads_counted"] = np.bincount(told[told >= 0], visits.heads[told >= 0], len(codes))
    return rows[(rows["visits"] > 0) | (rows["heads_counted"] > 0)]


def _held(areas: npt.NDArray[np.object_], xy: Floats) -> Ints:
    """Return the area that contains each point (n, 2); the lowest on a border, or -1."""
    shapely.prepare(areas)
    area, point = shapely.STRtree(shapely.points(xy)).query(areas, predicate="intersects")
    held = np.full(len(xy), len(areas), dtype=np.int64)
    np.minimum.at(held, point, area)
    held[held == len(areas)] = -1
    return held


def _means(place: Ints, heads: Floats) -> Floats:
    return np.asarray(np.bincount(place, heads) / np.bincount(place), dtype=np.float64)


def _positive(place: Ints, heads: Floats) -> Floats:
    return np.asarray(np.bincount(place, heads > 0), dtype=np.float64)


def _drawn(
    place: Ints, heads: Floats, times: Ints, means: Floats, rng: np.random.Generator
) -> Floats:
    """Return `DRAWS` bootstrap means (draws, places) of the heads at each place."""
    if len(times) == 0:
        return np.zeros((DRAWS, 0))
    again = (times[place] > 1) & (means[place] > 0)
    at, seen = place[again], heads[again]
    variance = means + _excess(seen, times[at], means[at]) * means**2
    pool = (seen - means[at]) / np.sqrt(variance[at]) * np.sqrt(times[at] / (times[at] - 1))
    pool = pool - pool.mean() if len(pool) >= FEWEST_RESIDUALS else rng.standard_normal(DRAWS)
    spread = np.sqrt(variance / times)
    moved = _sums(pool, times, rng)
    moved *= spread
    moved /= np.sqrt(times)
    moved += means
    return np.maximum(moved, 0.0, out=moved)


def _sums(pool: Floats, times: Ints, rng: np.random.Generator) -> Floats:
    """Return sums (draws, places) of as many residuals as there were visits to each place.

    From `MANY` on the sum is drawn from its normal limit: it is the same to the eye, and a place
    with a thousand visits costs no more than one with thirty.
    """
    often = times >= MANY
    sums = rng.standard_normal((DRAWS, len(times)))
    sums *= pool.std()
    sums *= np.sqrt(times)
    few = times[~often]
    starts, width = np.cumsum(few) - few, int(few.sum())
    at_once = max(1, IN_CACHE // max(1, width))
    for first in range(0, DRAWS if width else 0, at_once):
        rows = range(first, min(first + at_once, DRAWS))
        drawn = pool[rng.integers(0, len(pool), (len(rows), width))]
        sums[rows.start : rows.stop, ~often] = np.add.reduceat(drawn, starts, axis=1)
    return sums


def _excess(heads: Floats, times: Ints, means: Floats) -> float:
    """Return c of the variance m + c m^2, by moments; 0 without overdispersion."""
    squares = (heads - means) ** 2 * times / (times - 1)
    of_mean = np.maximum(means**2 - squares / times, 0.0).sum()
    return max(0.0, float((squares - means).sum() / of_mean)) if of_mean > 0 else 0.0


def _interval(drawn: Floats, home: Ints, size: int) -> tuple[Floats, Floats]:
    sums = np.zeros((DRAWS, size))
    for column, territory in enumerate(home):
        sums[:, territory] += drawn[:, column]
    low, high = np.quantile(sums, [TAIL, 1 - TAIL], axis=0)
    return low, high
