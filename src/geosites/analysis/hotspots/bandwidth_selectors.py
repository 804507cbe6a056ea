"""Classical bandwidth selectors, for comparison with the forward-chaining forecast.

They look at one point pattern only, and treat two reports of one scene as a cluster.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity
from scipy.optimize import brentq
from scipy.spatial.distance import cdist, pdist

from geosites.analysis.hotspots.edge_correction import mass_inside
from geosites.analysis.hotspots.grid import Grid, coverage
from geosites.analysis.hotspots.kernel_density import at_points

Floats = npt.NDArray[np.float64]
_NODES = 64


def likelihood(xy: npt.ArrayLike, window: shapely.Geometry, bandwidth: float) -> float:
    """Return the leave-one-out log likelihood: the sum of log density at each point by the others.

    Edge-corrected at the evaluation point, as is usual there (Loader 1999, section 5.3).
    """
    others = at_points(xy, 1.0, window, bandwidth, "uniform", leave_one_out=True)
    return float(np.log(np.maximum(others, np.finfo(float).tiny)).sum())


def by_likelihood(
    xy: npt.ArrayLike, window: shapely.Geometry, candidates: npt.ArrayLike
) -> float | None:
    """Return the candidate with the highest Poisson likelihood, None at an end of the range.

    The leave-one-out log likelihood less the expected number of points (Loader 1999). At an end
    of the range it is flat or monotone: no clustering, or points upon points.
    """
    widths = np.asarray(candidates, dtype=np.float64)
    scores = [
        likelihood(xy, window, float(width)) - _expected(xy, window, float(width))
        for width in widths
    ]
    best = int(np.argmax(scores))
    return float(widths[best]) if 0 < best < len(widths) - 1 else None


def _expected(xy: npt.ArrayLike, window: shapely.Geometry, bandwidth: float) -> float:
    """Return the integral over the window of the density corrected at the evaluation point."""
    west, south, east, north = window.bounds
    grid = Grid.over(window, max(east - west, north - south) / _NODES)
    nodes = np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2)
    cover = coverage(window, grid).ravel()
    nodes, cover = nodes[cover > 0], cover[cover > 0]
    squares = cdist(nodes, np.asarray(xy, dtype=np.float64), "sqeuclidean")
    sums = np.exp(-squares / (2 * bandwidth**2)).sum(axis=1) / (2 * np.pi * bandwidth**2)
    return float((cover * sums / mass_inside(nodes, window, bandwidth)).sum() * grid.cell**2)


def by_area(xy: npt.ArrayLike, window: shapely.Geometry, candidates: npt.ArrayLike) -> float:
    """Return the candidate at which the sum of 1/density at the points is nearest to the area.

    Without edge correction, each point counting itself (Cronie & van Lieshout 2018).
    """
    widths = np.asarray(candidates, dtype=np.float64)
    sums = [(1 / at_points(xy, 1.0, window, float(width), "none")).sum() for width in widths]
    return float(widths[np.argmin(np.abs(np.array(sums) - window.area))])


def by_mean_square(xy: npt.ArrayLike, window: shapely.Geometry, candidates: npt.ArrayLike) -> float:
    """Return the candidate with the least mean square error for a Cox process.

    The criterion of Berman & Diggle (1989) for a disc of radius h = 2 * bandwidth, from Ripley's
    K with translation edge correction: (1/lambda - 2 K(h)) / (pi h^2) + J(h) / (pi h^2)^2.
    """
    points = np.asarray(xy, dtype=np.float64)
    first, second = np.triu_indices(len(points), 1)
    shift = points[second] - points[first]
    shared = [shapely.affinity.translate(window, *move).intersection(window).area for move in shift]
    intensity = len(points) / window.area
    share = 2 / (intensity**2 * np.array(shared))
    apart = np.hypot(*shift.T)
    return _least_mean_square(apart, share, intensity, np.asarray(candidates, dtype=np.float64))


def _least_mean_square(apart: Floats, share: Floats, intensity: float, widths: Floats) -> float:
    """Return the best width, K growing by `share` at each of the distances `apart`."""
    error = []
    for h in 2 * widths:
        y = np.minimum(apart / (2 * h), 1.0)
        overlap = 2 * h**2 * (np.arccos(y) - y * np.sqrt(1 - y**2))
        disc = np.pi * h**2
        near = share[apart <= h].sum()
        error.append((1 / intensity - 2 * near) / disc + (share @ overlap) / disc**2)
    return float(widths[np.argmin(error)])


def by_window(window: shapely.Geometry, share: float = 0.25) -> float:
    """Return the distance that a `share` of the pairs of random places in the window lie within.

    It does not depend on the points, and is the widest reasonable bandwidth.
    """
    from scipy.signal import fftconvolve  # takes half a second that only this needs

    west, south, east, north = window.bounds
    grid = Grid.over(window, max(east - west, north - south) / _NODES)
    cover = coverage(window, grid)
    pairs = np.maximum(fftconvolve(cover, cover[::-1, ::-1]), 0.0)
    dy, dx = np.indices(pairs.shape) - np.array(cover.shape)[:, None, None] + 1
    apart = np.hypot(dx, dy).ravel() * grid.cell
    order = np.argsort(apart)
    reached = np.cumsum(pairs.ravel()[order])
    return float(np.interp(share * reached[-1], reached, apart[order]))


def by_normal_scale(xy: npt.ArrayLike) -> Floats:
    """Return for x and y the sample standard deviation times n^(-1/6) (Scott 1992)."""
    points = np.asarray(xy, dtype=np.float64)
    return np.asarray(points.std(axis=0, ddof=1) * len(points) ** (-1 / 6))


def by_normal_reference(values: npt.ArrayLike) -> float:
    """Return 4 * 1.06 * min(s, IQR / 1.34) * n^(-1/5) for one coordinate (Venables & Ripley 2002).

    The factor 4 is that of a kernel measured by its full width.
    """
    array = np.asarray(values, dtype=np.float64)
    upper, lower = np.percentile(array, (75, 25))
    spread = min(array.std(ddof=1), (upper - lower) / 1.34)
    return float(4 * 1.06 * spread * len(array) ** -0.2)


def by_plug_in(values: npt.ArrayLike) -> float:
    """Return the bandwidth of one coordinate that solves Sheather & Jones's (1991) equation."""
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    upper, lower = np.percentile(array, (75, 25))
    scale = min(array.std(ddof=1), (upper - lower) / 1.349)
    apart = pdist(array[:, None])
    fourth = _roughness(apart, n, 1.24 * scale * n ** (-1 / 7), 4)
    sixth = -_roughness(apart, n, 1.23 * scale * n ** (-1 / 9), 6)
    ratio = 1.357 * (fourth / sixth) ** (1 / 7)

    def excess(width: float) -> float:
        curvature = _roughness(apart, n, ratio * width ** (5 / 7), 4)
        return float((1 / (2 * np.sqrt(np.pi) * n * curvature)) ** 0.2 - width)

    widest = 1.144 * scale * n**-0.2
    return float(brentq(excess, 0.1 * widest, 3 * widest))


def _roughness(apart: Floats, n: int, width: float, order: int) -> float:
    """Return the mean derivative of a Gaussian over all ordered pairs: of order 4 or 6."""
    d = (apart / width) ** 2
    if order == 4:
        polynomial, own = d**2 - 6 * d + 3, 3.0
    else:
        polynomial, own = d**3 - 15 * d**2 + 45 * d - 15, -15.0
    total = 2 * float((np.exp(-d / 2) * polynomial).sum()) + n * own
    return float(total / (np.sqrt(2 * np.pi) * n * (n - 1) * width ** (order + 1)))
