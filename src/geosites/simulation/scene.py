"""A scene: true mean number of people by place and week, and what was truly moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.displacement.study_design import Codes
from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]

GONE = "gone"
"""The territory of heads that left the observed area."""

_DARTS = 200


@dataclass(frozen=True)
class Move:
    """People who left a place, by week; `target` is None if they are gone."""

    source: int
    target: int | None
    heads: Floats


@dataclass(frozen=True)
class Scene:
    """The truth: `heads` (P, W) mean people present, at `xy` (P, 2) metres, by `territory` (P,).

    Weeks are steps of equal length: a scene by days works the same.
    """

    xy: Floats
    territory: Codes
    heads: Floats
    moves: tuple[Move, ...] = ()

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.heads)

    @property
    def weeks(self) -> int:
        """How many weeks there are, counted from 0."""
        return int(self.heads.shape[1])


def scene(
    rng: np.random.Generator,
    xy: npt.ArrayLike,
    territory: npt.ArrayLike,
    weeks: int,
    base: npt.ArrayLike,
    *,
    wander: float = 0.3,
    autocorrelation: float = 0.7,
    shock: float | npt.ArrayLike = 0.0,
) -> Scene:
    """Return a scene whose places vary independently around `base` mean people.

    `base` is one number, one per place (P,), or one per place and week (P, W). Each place follows a
    log AR(1) with marginal standard deviation `wander`; its mean over all seeds stays `base`.
    `shock` affects the whole city: a number is the standard deviation of a city-wide AR(1), an
    array (weeks,) is used as log changes. With `wander=0` and `shock=0` heads equal `base` exactly.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    level = np.asarray(base, dtype=np.float64)
    level = level if level.ndim == 2 else np.broadcast_to(level, len(points))[:, None]
    own = wander * _ar1(rng, len(points), weeks, autocorrelation) - wander**2 / 2
    heads = level * np.exp(own + _city(rng, weeks, autocorrelation, shock))
    return Scene(points, np.asarray(territory), heads)


def _ar1(rng: np.random.Generator, rows: int, weeks: int, autocorrelation: float) -> Floats:
    if not 0 <= autocorrelation < 1:
        raise Refused(f"autocorrelation is {autocorrelation}, and must lie in [0, 1)")
    from scipy.signal import lfilter  # takes half a second that only this needs

    steps = rng.standard_normal((rows, weeks))
    steps[:, 1:] *= np.sqrt(1 - autocorrelation**2)
    return np.asarray(lfilter([1.0], [1.0, -autocorrelation], steps, axis=1))


def _city(
    rng: np.random.Generator, weeks: int, autocorrelation: float, shock: float | npt.ArrayLike
) -> Floats:
    given = np.asarray(shock, dtype=np.float64)
    if given.ndim == 0:
        return float(given) * _ar1(rng, 1, weeks, autocorrelation)
    if given.shape != (weeks,):
        raise Refused(f"shock has shape {given.shape}, and must be one number or ({weeks},)")
    return given[None, :]


def season(weeks: int, amplitude: float, peak: float = 0.0) -> Floats:
    """Return log changes (weeks,) of a year of 52 weeks, for `shock`: 1 +- `amplitude` around 1.

    The highest week is `peak`. An amplitude of .15 goes from 1.15 down to .85 in half a year.
    """
    if not 0 <= amplitude < 1:
        raise Refused(f"amplitude is {amplitude}, and must lie in [0, 1)")
    return np.log1p(amplitude * np.cos(2 * np.pi * (np.arange(weeks) - peak) / 52))


def step(weeks: int, week: int, factor: float) -> Floats:
    """Return log changes (weeks,) of a city whose level is `factor` from `week` on."""
    return np.where(np.arange(weeks) >= week, np.log(factor), 0.0)


def random_places(
    rng: np.random.Generator, window: shapely.Geometry, n: int, min_gap_m: float = 500.0
) -> Floats:
    """Return (n, 2) points of `window` at least `min_gap_m` apart, or raise `Refused`.

    A gap of 500 m keeps the places apart for any clustering with a radius of 200 m.
    """
    kept: list[Floats] = []
    for dart in scatter(rng, window, _DARTS * n):
        if all(np.hypot(*(dart - other)) >= min_gap_m for other in kept):
            kept.append(dart)
        if len(kept) == n:
            return np.array(kept)
    raise Refused(f"{n} places {min_gap_m:g} m apart do not fit: {len(kept)} found room")


def scatter(rng: np.random.Generator, window: shapely.Geometry, n: int) -> Floats:
    """Return (n, 2) points uniform over `window`."""
    left, bottom, right, top = window.bounds
    share = window.area / ((right - left) * (top - bottom))
    shapely.prepare(window)
    result = np.empty((0, 2))
    while len(result) < n:
        tries = int((n - len(result)) / share * 1.1) + 16
        points = rng.uniform((left, bottom), (right, top), (tries, 2))
        result = np.vstack([result, points[shapely.contains_xy(window, points)]])
    return result[:n]


def scale(scene: Scene, week: int, place: int, factor: float) -> Scene:
    """Return the scene with the heads at `place` multiplied by `factor` from `week` on."""
    heads = scene.heads.copy()
    heads[place, week:] *= factor
    return replace(scene, heads=heads)


def trend(scene: Scene, place: int, weekly: float, at: int) -> Scene:
    """Return the scene in which heads at `place` change by `weekly` each week, all weeks long.

    They are what they were in week `at`: -.03 and `at=10` leave .97 in week 11, 1/.97 in week 9.
    """
    heads = scene.heads.copy()
    heads[place] *= (1 + weekly) ** (np.arange(scene.weeks) - at)
    return replace(scene, heads=heads)


def add_place(scene: Scene, xy: npt.ArrayLike, territory: str) -> Scene:
    """Return the scene with one more place, the last, where nobody is yet."""
    return replace(
        scene,
        xy=np.vstack([scene.xy, np.asarray(xy, dtype=np.float64)]),
        territory=np.append(scene.territory, territory),
        heads=np.vstack([scene.heads, np.zeros(scene.weeks)]),
    )


def move(
    scene: Scene,
    week: int,
    source: int,
    shares: Mapping[int, float] | None = None,
    *,
    gone: float = 0.0,
) -> Scene:
    """Return the scene in which, from `week` on, shares of the people at `source` are elsewhere.

    `shares` maps target places to shares, `gone` is the share that leaves. What the source loses
    is what the targets gain and what is gone, exactly: 100 heads with shares {1: .4, 2: .2} and
    gone .1 leave 30, and add 40 and 20. Raises `Refused` if the shares exceed 1.
    """
    given = dict(shares or {})
    leaving = sum(given.values()) + gone
    if min([*given.values(), gone]) < 0 or leaving > 1 + 1e-12:
        raise Refused(f"shares {given} and gone {gone} must be positive and sum to 1 at most")
    heads = scene.heads.copy()
    stock = np.where(np.arange(scene.weeks) >= week, heads[source], 0.0)
    heads[source] -= stock * min(leaving, 1.0)
    for target, share in given.items():
        heads[target] += stock * share
    made = [Move(source, target, stock * share) for target, share in given.items()]
    lost = [Move(source, None, stock * gone)] if gone > 0 else []
    return replace(scene, heads=heads, moves=(*scene.moves, *made, *lost))


def standing(scene: Scene, start: int = 0, end: int | None = None) -> dict[str, float]:
    """Return the true number of people by territory: the sum of its places' means.

    Weeks run from `start` to `end`, `end` not included.
    """
    means = scene.heads[:, start:end].mean(axis=1)
    return {
        code: float(means[scene.territory == code].sum()) for code in np.unique(scene.territory)
    }


def effect(before: Scene, after: Scene, start: int, end: int | None = None) -> dict[str, float]:
    """Return the true change by territory: `after` minus what `before` would have been.

    `before` is the scene without the move, so that drift and shocks cancel.
    """
    would_be = standing(before, start, end)
    return {code: heads - would_be[code] for code, heads in standing(after, start, end).items()}


def flows(scene: Scene, start: int, end: int | None = None) -> dict[tuple[str, str], float]:
    """Return the people truly moved, mean over the weeks, by (from, to) territory.

    People who left go to `GONE`. Moves within one territory are left out: they change no territory.
    """
    moved: dict[tuple[str, str], float] = {}
    for step in scene.moves:
        origin = scene.territory[step.source]
        target = GONE if step.target is None else scene.territory[step.target]
        if origin != target:
            mean = float(step.heads[start:end].mean())
            moved[origin, target] = moved.get((origin, target), 0.0) + mean
    return moved
