"""A simulated city around one event: true changes, visits, reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites.simulation.city import City, base_heads, free_point, layout
from geosites.simulation.patrols import SimulatedVisits
from geosites.simulation.plan import (
    MOVED,
    TO_NEW_GROUND,
    Happening,
    Plan,
)
from geosites.simulation.scene import Scene, add_place, move, scene, season, step, trend

Floats = npt.NDArray[np.float64]

_BORDER_M = 10.0
_SECOND_AFTER, _SECOND_M, _SECOND_HEADS = 4, 300.0, (15.0, 40.0)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The truth of an event: the scene without and with it.

    `neighbours` are the two nearest places in other territories, `new` the new place, `second` that
    of the other operation; `extents` (places, 2) are the width and height of the large scenes, 0
    for all others.
    """

    plan: Plan
    without: Scene
    truth: Scene
    target: int
    neighbours: tuple[int, int]
    new: int | None
    second: int | None
    extents: Floats

    @property
    def receivers(self) -> tuple[int, ...]:
        """The places that people moved to, or would have."""
        if self.new is None or self.plan.event.happening not in TO_NEW_GROUND:
            return self.neighbours
        return (self.new,)

    @property
    def area(self) -> shapely.Polygon:
        """The area of the target."""
        return self.ground(self.target)

    @property
    def perimeters(self) -> tuple[shapely.Polygon, ...]:
        """The grounds of the large scenes, the target's first."""
        large = np.flatnonzero(self.extents[:, 0]).tolist()
        return tuple(map(self.ground, sorted(large, key=lambda place: place != self.target)))

    def ground(self, place: int) -> shapely.Polygon:
        """Return the area of a place: its rectangle, or 100 m around it."""
        (x, y), (width, height) = self.without.xy[place], self.extents[place] / 2
        if width > 0:
            return shapely.box(x - width, y - height, x + width, y + height)
        return shapely.Point(x, y).buffer(100.0)


@dataclass(frozen=True, kw_only=True)
class World(Facts):
    """One event, and the visits that are reported of it."""

    seen: SimulatedVisits


def facts(rng: np.random.Generator, more: np.random.Generator, plan: Plan) -> Facts:
    """Return the truth of an event; options beyond the clean city draw from `more`."""
    without, target, second = _scene(rng, more, plan)
    neighbours = two_neighbours(without, target)
    without, new = _new_ground(more, without, target, plan)
    truth = _happened(without, target, neighbours, new, plan)
    if second is not None:
        without, truth = (
            move(each, plan.city.event_week + _SECOND_AFTER, second, gone=MOVED)
            for each in (without, truth)
        )
    return Facts(
        plan=plan,
        without=without,
        truth=truth,
        target=target,
        neighbours=neighbours,
        new=new,
        second=second,
        extents=_extents(without, target, plan),
    )


def two_neighbours(scene: Scene, target: int) -> tuple[int, int]:
    """Return the two nearest places to the target in two territories other than its own."""
    order = np.argsort(np.hypot(*(scene.xy - scene.xy[target]).T))
    codes = scene.territory[order]
    first = int(np.flatnonzero(codes != codes[0])[0])
    second = int(np.flatnonzero((codes != codes[0]) & (codes != codes[first]))[0])
    return int(order[first]), int(order[second])


def _scene(
    rng: np.random.Generator, more: np.random.Generator, plan: Plan
) -> tuple[Scene, int, int | None]:
    city, event = plan.city, plan.event
    xy, target = layout(rng, city)
    base = base_heads(rng, city, len(xy), target)
    if event.border:
        xy = _on_border(xy, target, city)
    if event.second:
        xy = np.vstack([xy, free_point(more, xy, target, _SECOND_M, city)])
        base = np.append(base, more.uniform(*_SECOND_HEADS))
    common = season(city.weeks, city.season, more.uniform(0, 52)) + step(
        city.weeks, city.event_week, event.common
    )
    made = scene(
        rng,
        xy,
        city.code_of(xy),
        city.weeks,
        base[:, None] * np.exp(common),
        wander=city.wander,
        autocorrelation=city.autocorrelation,
        shock=city.shock,
    )
    if event.trend:
        made = trend(made, target, event.trend, city.event_week)
    return made, target, len(xy) - 1 if event.second else None


def _on_border(xy: Floats, target: int, city: City) -> Floats:
    """Return the places with one of the target's four nearest moved next to a border."""
    nearest = np.argsort(np.hypot(*(xy - xy[target]).T))[1:5]
    line = np.clip(np.round(xy[nearest, 0] / city.cut_m), 1, city.cuts - 1) * city.cut_m
    first = int(np.argmin(abs(xy[nearest, 0] - line)))
    moved = xy.copy()
    moved[nearest[first], 0] = line[first] + _BORDER_M
    return moved


def _new_ground(
    rng: np.random.Generator, without: Scene, target: int, plan: Plan
) -> tuple[Scene, int | None]:
    event = plan.event
    if event.happening not in TO_NEW_GROUND and not event.arrival:
        return without, None
    point = free_point(rng, without.xy, target, event.distance_m, plan.city)
    made = add_place(without, point, str(plan.city.code_of(point[None, :])[0]))
    heads = made.heads.copy()
    heads[-1, plan.city.event_week :] = event.arrival
    return replace(made, heads=heads), without.places


def _happened(
    scene: Scene, target: int, neighbours: tuple[int, int], new: int | None, plan: Plan
) -> Scene:
    event, week = plan.event, plan.city.event_week
    if new is not None and event.happening in TO_NEW_GROUND:
        return move(scene, week, target, {new: TO_NEW_GROUND[event.happening]})
    if event.happening is Happening.MOVE:
        return move(scene, week, target, dict.fromkeys(neighbours, MOVED / 2))
    gone = {Happening.NOTHING: 0.0, Happening.HALVING: 0.5, Happening.FALL: MOVED}
    return move(scene, week, target, gone=gone[event.happening])


def _extents(scene: Scene, target: int, plan: Plan) -> Floats:
    """Return width and height (places, 2) of the large scenes, 0 for all others."""
    extents = np.zeros((scene.places, 2))
    if plan.counting.large is not None:
        order = np.argsort(-scene.heads.mean(axis=1), kind="stable")
        others = order[order != target][: plan.counting.large]
        extents[[target, *others]] = plan.counting.extent_m
    return extents
