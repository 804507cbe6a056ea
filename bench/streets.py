"""Search, nearest street and ways on foot over 200,000 pieces of street, with real names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.stores import grounded
from bench.table import Promise, Table
from geosites.analysis.name_search import folded
from geosites.analysis.street_routing import StreetRouter
from geosites.core.street_network import STOOD_ON, WALKED, StreetNetwork, network
from geosites.db.geography import street_map
from geosites.db.geography.street_map import Address
from geosites.imports import geography
from geosites.reference_data.ground import read_ground
from geosites.services.patrols import walking_distances
from geosites.services.places import place_names, place_search

SIDE, STEP_M, HOUSES, ASKED = 317, 50.0, 200_000, 200
ORIGIN = np.array([644_000.0, 6_857_000.0])
"""The south-west corner of a grid over Paris, Lambert-93 metres."""

STREET_PIECES = 12
"""So many pieces of the grid have one name: a street of 600 m."""


def run() -> Table:
    """Return the times of each question over a grid of streets in a store."""
    rng = np.random.default_rng(7)
    made = grid()
    typed = _typed(made, rng)
    points = ORIGIN + rng.uniform(0, (SIDE - 1) * STEP_M, (ASKED, 2))
    stops = ORIGIN + rng.uniform(0, (SIDE - 1) * STEP_M, (12, 2))
    with grounded() as store, store.begin() as conn:
        street_map.put_network(conn, made)
        street_map.put_addresses(conn, _houses(made, rng), "synthetic")
        began = time.perf_counter()
        place_search.search(conn)
        streets, router = place_names.index(conn), walking_distances.router(conn)
        streets.nearest(points[:1])
        router.ready()
        ready_s = time.perf_counter() - began
        apart = _spent(_never_together(made, rng), lambda text: place_search.find(conn, text))
        search = _spent(typed, lambda text: place_search.find(conn, text))
        nearest = _spent(points, lambda point: streets.nearest([point]))
    rounds = _spent(range(3), lambda n: StreetRouter.between(router, stops + n, stops + n))
    ways = _spent(range(11), lambda n: router.way(stops[n], stops[n + 1]))
    return _table(len(made), ready_s, search, apart, nearest, rounds, ways)


def grid() -> StreetNetwork:
    """Return streets every 50 m, both ways, bent a little, under the names of real streets."""
    line = np.arange(SIDE)
    bent = np.random.default_rng(0).normal(0, 6, (SIDE, SIDE, 2))
    corner = ORIGIN + STEP_M * np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1) + bent
    runs = [run for at in range(SIDE) for run in (corner[at], corner[:, at])]
    cut = [
        run[n : n + STREET_PIECES + 1] for run in runs for n in range(0, SIDE - 1, STREET_PIECES)
    ]
    names = [name for _, name in zip(cut, cycle(_names()), strict=False)]
    return network(
        np.concatenate(cut),
        np.repeat(np.arange(len(cut)), [len(part) for part in cut]),
        np.array(names, dtype=object),
        np.full(len(cut), WALKED | STOOD_ON),
    )


def _names() -> list[str]:
    """Return the names of the streets that come with geosites, and each with a second word."""
    known = sorted({item.name for item in read_ground(geography.folder()).features if item.name})
    kinds = ("Rue", "Avenue", "Passage", "Impasse", "Villa", "Allée", "Square", "Cité")
    rest = [name.partition(" ")[2] or name for name in known]
    return [*known, *(f"{kind} {name}" for kind in kinds for name in rest)]


def _typed(made: StreetNetwork, rng: np.random.Generator) -> list[str]:
    """Return what people type: whole names, beginnings, house numbers, short forms."""
    chosen = rng.choice(np.array(made.names, dtype=object), ASKED)
    forms: Sequence[Callable[[str], str]] = (
        str.lower,
        lambda name: name.lower()[: max(3, len(name) * 2 // 3)],
        lambda name: f"{name} 18",
        lambda name: f"12 bis {name.replace('Boulevard', 'bd').replace('Avenue', 'av')}",
        lambda name: " ".join(folded(name)),
    )
    return [form(str(name)) for name, form in zip(chosen, cycle(forms), strict=False)]


def _never_together(made: StreetNetwork, rng: np.random.Generator) -> list[str]:
    """Return common words of two kinds of street at once, which no name holds, and a word more."""
    kinds = np.array(["rue", "avenue", "passage", "impasse", "villa", "allee", "cite"])
    words = [str(word) for name in rng.choice(made.names, ASKED) for word in folded(name)[-1:]]
    pairs = [" ".join(map(str, rng.choice(kinds, 2, replace=False))) for _ in words]
    return [
        pair if n % 2 else f"{pair} {word}"
        for n, (pair, word) in enumerate(zip(pairs, words, strict=True))
    ]


def _houses(made: StreetNetwork, rng: np.random.Generator) -> Iterator[Address]:
    pieces = rng.integers(0, len(made), HOUSES)
    middles = made.xy[made.start[:-1]][pieces].tolist()
    names = (made.names[n] for n in made.name[pieces])
    numbers = rng.integers(1, 200, HOUSES).tolist()
    for street, house, (x, y) in zip(names, numbers, middles, strict=True):
        yield Address(
            key=" ".join(folded(street)), house=house, suffix="", street=street, city="", x=x, y=y
        )


def _spent(asked: Iterable[Any], answer: Callable[..., object]) -> npt.NDArray[np.float64]:
    """Return the milliseconds that each answer took."""
    spent = []
    for one in asked:
        began = time.perf_counter()
        answer(one)
        spent.append(1000 * (time.perf_counter() - began))
    return np.array(spent)


def _table(
    pieces: int,
    ready_s: float,
    search: npt.NDArray[np.float64],
    apart: npt.NDArray[np.float64],
    nearest: npt.NDArray[np.float64],
    rounds: npt.NDArray[np.float64],
    ways: npt.NDArray[np.float64],
) -> Table:
    rows = {
        "search, with house numbers": search,
        "search, words that no name holds together": apart,
        "nearest street and crossing": nearest,
        "ways between 12 stops, all": rounds,
        "one way, street by street": ways,
    }
    return Table(
        name="streets",
        note=(
            f"{pieces} pieces of street, {HOUSES} house numbers, a grid over Paris under real "
            f"names; {ASKED} questions; ready after {ready_s:.1f} s, once for a worker"
        ),
        columns=("question", "median ms", "95 % ms", "longest ms"),
        rows=tuple(
            (name, *(float(np.quantile(spent, share)) for share in (0.5, 0.95, 1.0)))
            for name, spent in rows.items()
        ),
        promises=(
            _most("search, 95 %, ms", 20, search),
            _most("search, words never together, 95 %, ms", 20, apart),
            _most("nearest street, 95 %, ms", 5, nearest),
        ),
    )


def _most(what: str, bound: float, spent: npt.NDArray[np.float64]) -> Promise:
    measured = float(np.quantile(spent, 0.95))
    return Promise(what=what, promised=f"<= {bound:g}", measured=measured, kept=measured <= bound)
