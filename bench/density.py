"""A density on 345,600 nodes: how fast, and how far from the exact sum, beside peers.

The truth is the exact sum of Gaussians over all points, at nodes drawn among all. Peers know no
window: they are held against the exact sum without edge correction, on nodes 6 bandwidths or more
inside the window, and ours against the exact sum with Diggle's correction, on nodes anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.stats import gaussian_kde
from shapely.geometry import box

from bench.table import Promise, Table, seconds
from geosites.analysis.hotspots.edge_correction import mass_inside
from geosites.analysis.hotspots.kernel_density import surface

Floats = npt.NDArray[np.float64]
WIDTH_M, HEIGHT_M, CELL_M, BANDWIDTH_M = 18_000.0, 12_000.0, 25.0, 200.0
WINDOW = box(0, 0, WIDTH_M, HEIGHT_M)
X = np.arange(CELL_M / 2, WIDTH_M, CELL_M)
Y = np.arange(CELL_M / 2, HEIGHT_M, CELL_M)
SLOW_NODES = 200
"""Peers that sum over all points are timed on so many nodes, and the rest is reckoned."""


def run() -> Table:
    """Return times and errors at 10^4, 10^5 and 10^6 points."""
    rows: list[tuple[object, ...]] = []
    for n in (10_000, 100_000, 1_000_000):
        rows += _compared(n)
    ours, kdepy = (
        next(r for r in rows if r[:2] == (1_000_000, who)) for who in ("geosites", "KDEpy")
    )
    return Table(
        name="density",
        note=(
            "345,600 nodes of 25 m, bandwidth 200 m, weighted points around 300 scenes and "
            "anywhere; shortest of 7 runs in turns; errors against the exact sum"
        ),
        columns=(
            "points",
            "by",
            "seconds",
            "times KDEpy",
            "error / peak",
            "relative error above 1 %",
        ),
        rows=tuple(rows),
        promises=(
            _promise(
                "times KDEpy at 10^6", ">= 4", float(kdepy[2]) / float(ours[2]), 4.0, more=True
            ),  # type: ignore[arg-type]
            _promise("error / peak at 10^6", "<= 1e-4", float(ours[4]), 1e-4),  # type: ignore[arg-type]
            _promise("relative error at 10^6", "<= 1e-3", float(ours[5]), 1e-3),  # type: ignore[arg-type]
        ),
    )


def _promise(
    what: str, promised: str, measured: float, bound: float, more: bool = False
) -> Promise:
    kept = measured >= bound if more else measured <= bound
    return Promise(what=what, promised=promised, measured=measured, kept=kept)


def points(n: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Return n points, four in five around 300 scenes and the rest anywhere, and their weights."""
    rng = np.random.default_rng(seed)
    scenes = rng.uniform((0, 0), (WIDTH_M, HEIGHT_M), (300, 2))
    xy = scenes[rng.integers(0, 300, n)] + rng.normal(0, 100, (n, 2))
    xy = np.where(rng.random((n, 1)) < 0.2, rng.uniform((0, 0), (WIDTH_M, HEIGHT_M), (n, 2)), xy)
    xy = np.abs(xy)
    xy = np.minimum(xy, 2 * np.array([WIDTH_M, HEIGHT_M]) - xy)
    return xy, rng.poisson(6, n).astype(np.float64)


def _compared(n: int) -> list[tuple[object, ...]]:
    xy, weights = points(n)
    fast: dict[str, Callable[[], Floats]] = {
        "geosites": lambda: surface(xy, weights, WINDOW, BANDWIDTH_M, CELL_M).values,
        "KDEpy": lambda: _kdepy(xy, weights),
        "gaussian_filter": lambda: _filtered(xy, weights),
    }
    times = dict(zip(fast, seconds(list(fast.values()), rounds=7), strict=True))
    errors = {
        who: _error(work(), xy, weights, diggle=who == "geosites") for who, work in fast.items()
    }
    for who, work in (("scipy", _scipy), ("scikit-learn", _sklearn)):
        times[who] = seconds([lambda work=work: work(xy, weights)], rounds=1, warm=False)[0]  # type: ignore[misc]
        times[who] *= X.size * Y.size / SLOW_NODES
    return [
        (n, who, taken, times["KDEpy"] / taken, *errors.get(who, (None, None)))
        for who, taken in times.items()
    ]


def _kdepy(xy: Floats, weights: Floats) -> Floats:
    """Return KDEpy's density, in kilometres: with metres its kernel is cut too short."""
    from KDEpy import FFTKDE  # type: ignore[import-not-found]

    grid = np.stack(np.meshgrid(_km(X), _km(Y), indexing="ij"), axis=-1).reshape(-1, 2)
    inside = ((xy > (X[0], Y[0])) & (xy < (X[-1], Y[-1]))).all(axis=1)
    kde = FFTKDE(kernel="gaussian", bw=BANDWIDTH_M / 1000)
    found = kde.fit(_km(xy[inside]), weights=weights[inside]).evaluate(grid)
    return np.asarray(found.reshape(X.size, Y.size).T * weights[inside].sum() / 1e6)


def _km(metres: Floats) -> Floats:
    return metres / 1000


def _filtered(xy: Floats, weights: Floats) -> Floats:
    """Return what a bare histogram and scipy's gaussian_filter give."""
    edges = [np.arange(0, size + 1, CELL_M) for size in (HEIGHT_M, WIDTH_M)]
    counts = np.histogram2d(xy[:, 1], xy[:, 0], edges, weights=weights)[0]
    smoothed = gaussian_filter(counts, BANDWIDTH_M / CELL_M, mode="constant", truncate=6)
    return np.asarray(smoothed / CELL_M**2)


def _some_nodes(count: int, seed: int = 2) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, Y.size, count), rng.integers(0, X.size, count)


def _scipy(xy: Floats, weights: Floats) -> Floats:
    row, column = _some_nodes(SLOW_NODES)
    kde = gaussian_kde(xy.T, weights=weights)
    kde.set_bandwidth(BANDWIDTH_M / np.sqrt(kde.covariance[0, 0]))
    return np.asarray(kde(np.vstack([X[column], Y[row]])))


def _sklearn(xy: Floats, weights: Floats) -> Floats:
    from sklearn.neighbors import KernelDensity  # type: ignore[import-not-found]

    row, column = _some_nodes(SLOW_NODES)
    kde = KernelDensity(bandwidth=BANDWIDTH_M, rtol=1e-4).fit(xy, sample_weight=weights)
    return np.asarray(kde.score_samples(np.column_stack([X[column], Y[row]])))


def _error(found: Floats, xy: Floats, weights: Floats, diggle: bool) -> tuple[float, float]:
    """Return the largest error over the peak, and the largest relative error above 1 % of it."""
    row, column = _some_nodes(300)
    if not diggle:
        margin = int(6 * BANDWIDTH_M / CELL_M)
        row = np.clip(row, margin, Y.size - 1 - margin)
        column = np.clip(column, margin, X.size - 1 - margin)
    row, column = (
        np.append(row, found.argmax() // X.size),
        np.append(column, found.argmax() % X.size),
    )
    if not diggle:
        row, column = row[:-1], column[:-1]
    held = weights / mass_inside(xy, WINDOW, BANDWIDTH_M) if diggle else weights
    exact = np.array([_exact(X[c], Y[r], xy, held) for r, c in zip(row, column, strict=True)])
    peak = exact.max()
    away = np.abs(found[row, column] - exact)
    return float(away.max() / peak), float((away / exact)[exact > 0.01 * peak].max())


def _exact(x: float, y: float, xy: Floats, weights: Floats) -> float:
    squares = (xy[:, 0] - x) ** 2 + (xy[:, 1] - y) ** 2
    total = weights @ np.exp(-squares / (2 * BANDWIDTH_M**2))
    return float(total / (2 * np.pi * BANDWIDTH_M**2))
