"""Places of the exercise: five real sites, and invented places around and beyond them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import shapely

from geosites import simulation
from geosites.core import city, crs
from geosites.core.errors import Refused
from geosites.core.records import Site, Territory

Floats = npt.NDArray[np.float64]

SITES = {
    # slug: heads standing at the start, visits a week
    "forceval": (0.8, 6.0),
    "stalingrad": (1.0, 6.0),
    "jardins-eole": (6.0, 5.0),
    "riquet-aubervilliers": (5.0, 5.0),
    "porte-chapelle": (40.0, 5.5),
}

SPOTS = {
    # name: longitude, latitude, heads standing, visits a week; invented, near real crossings
    "ney": (2.3505, 48.8984, 8.0, 3.0),
    "marx-dormoy": (2.3598, 48.8905, 9.0, 3.0),
    "chateau-rouge": (2.3495, 48.8875, 8.0, 2.5),
    "porte-aubervilliers": (2.3675, 48.8992, 6.0, 2.5),
    "rosa-parks": (2.3737, 48.8963, 6.0, 3.0),
    "corentin-cariou": (2.3828, 48.8950, 5.0, 2.5),
    "quai-oise": (2.3835, 48.8895, 5.0, 2.0),
    "jean-jaures": (2.3793, 48.8850, 6.0, 2.5),
    "parc-villette": (2.3895, 48.8930, 3.0, 2.0),
    "pantin-hoche": (2.4025, 48.8915, 4.0, 2.5),
    "pantin-quatre-chemins": (2.3960, 48.9030, 4.0, 2.5),
    "aubervilliers-villette": (2.3860, 48.9050, 4.0, 2.5),
    "front-populaire": (2.3680, 48.9070, 4.0, 2.0),
    "plaine-saint-denis": (2.3560, 48.9080, 4.0, 2.0),
    "saint-ouen": (2.3440, 48.9045, 4.0, 1.5),
    "pre-saint-gervais": (2.4035, 48.8855, 3.0, 1.5),
}

ELSEWHERE = {
    # territory: how many invented places
    "75101": 1,
    "75103": 1,
    "75105": 1,
    "75109": 1,
    "75110": 3,
    "75111": 2,
    "75112": 3,
    "75113": 3,
    "75114": 1,
    "75115": 1,
    "75116": 1,
    "75117": 2,
    "75118": 1,
    "75120": 3,
    "92024": 1,
    "93001": 1,
    "93006": 1,
    "93008": 1,
    "93027": 1,
    "93045": 1,
    "93048": 2,
    "93063": 1,
    "93066": 3,
    "93070": 1,
    "94041": 1,
    "94080": 1,
}

ROUND_EVERY_WEEK = 16
"""How many places elsewhere are on a weekly round: they never miss a week."""

_GAP_M = 600.0
_FROM_BORDER_M = 120.0
_DARTS = 400


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The places of the exercise, sites first: `xy` (P, 2), the rest (P,)."""

    names: tuple[str, ...]
    xy: Floats
    territory: npt.NDArray[np.str_]
    base: Floats
    visits_per_week: Floats
    rounds: npt.NDArray[np.bool_]

    def __getitem__(self, name: str) -> int:
        return self.names.index(name)


class ExerciseTerritories:
    """The arrondissements and communes, and which of them holds a point."""

    def __init__(self, territories: Sequence[Territory]) -> None:
        tiles = [item for item in territories if item.level in city.current().tiling]
        self.areas: Mapping[str, shapely.MultiPolygon] = {item.code: item.area for item in tiles}
        self._codes = np.array(list(self.areas))
        self._tree = shapely.STRtree(list(self.areas.values()))

    def holding(self, xy: Floats) -> npt.NDArray[np.str_]:
        """Return the code of the territory that holds each point; refuse points in none."""
        point, area = self._tree.query(shapely.points(xy), predicate="intersects")
        held, first = np.unique(point, return_index=True)
        if len(held) < len(xy):
            raise Refused(f"{len(xy) - len(held)} point(s) of the exercise lie in no territory")
        return np.asarray(self._codes[area[first]])


def cast(rng: np.random.Generator, ground: ExerciseTerritories, sites: Sequence[Site]) -> Cast:
    """Return the places; those elsewhere are scattered at random, at least 600 m apart."""
    centres = {site.slug: site.perimeter.centroid for site in sites}
    known = np.array([(centres[slug].x, centres[slug].y) for slug in SITES])
    spots = crs.to_metric([spot[:2] for spot in SPOTS.values()])
    xy, names = _scatter_elsewhere(rng, ground, np.vstack([known, spots]))
    far = len(names)
    rounds = np.arange(far) < ROUND_EVERY_WEEK
    quiet = rng.lognormal(0.0, 0.4, far)
    answer = [*SITES.values(), *((spot[2], spot[3]) for spot in SPOTS.values())]
    order = rng.permutation(far)
    return Cast(
        names=(*SITES, *SPOTS, *(names[i] for i in order)),
        xy=np.vstack([known, spots, xy[order]]),
        territory=ground.holding(np.vstack([known, spots, xy[order]])),
        base=np.array([*(item[0] for item in answer), *np.where(rounds, 6.0, 3.0) * quiet]),
        visits_per_week=np.array(
            [*(item[1] for item in answer), *np.where(rounds, 3.4, rng.uniform(0.7, 1.9, far))]
        ),
        rounds=np.concatenate([np.zeros(len(answer), dtype=bool), rounds]),
    )


def _scatter_elsewhere(
    rng: np.random.Generator, ground: ExerciseTerritories, taken: Floats
) -> tuple[Floats, list[str]]:
    result = taken
    codes = list(chain.from_iterable([code] * n for code, n in ELSEWHERE.items()))
    for code in codes:
        darts = simulation.scatter(rng, ground.areas[code].buffer(-_FROM_BORDER_M), _DARTS)
        gaps = np.hypot(*(darts[:, None] - result[None]).transpose(2, 0, 1)).min(axis=1)
        if gaps.max() < _GAP_M:
            raise Refused(f"no room for another place {_GAP_M:g} m from the others in {code}")
        result = np.vstack([result, darts[np.argmax(gaps >= _GAP_M)]])
    return result[len(taken) :], [f"{code}-{n}" for n, code in enumerate(codes)]
