"""A whole city around one event: what truly happens, who goes where, and what is reported.

A `Plan` composes four groups of options, each with its own defaults: the `City`, the `Counting`
at its places, the `Patrols`, and the `Event`. `world` makes it: the scene with and without the
event, and the visits that are reported of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.simulate import reports
from geosites.analysis.simulate.city import City, base_heads, free_point, layout
from geosites.analysis.simulate.patrols import (
    EVEN,
    Visits,
    follow_heads,
    observe,
    shift_effort,
    uneven_effort,
)
from geosites.analysis.simulate.scene import (
    Scene,
    add_place,
    move,
    scene,
    season,
    step,
    trend,
)
from geosites.errors import Refused

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EVENT_WEEK = 26
MOVED = 0.6

NIGHT_HEAVY = (3.0, 1.0, 1.0, 2.0)
"""Heads by part of the day at a scene of the night, three times those of the morning."""

BY_NIGHT, BY_DAY, MIXED = (0.6, 0.1, 0.1, 0.2), (0.1, 0.4, 0.4, 0.1), (0.4, 0.2, 0.2, 0.2)
"""Shares of visits by part of the day."""

TURNING_WEEKS = 8
LATE_WEEKS = 3
LATE_SHARE = 0.7
_CLEARED_M = 250.0
_IN_SIGHT_M = 120.0
_BORDER_M = 10.0
_SECOND_AFTER, _SECOND_M, _SECOND_HEADS = 4, 300.0, (15.0, 40.0)


class Happening(StrEnum):
    """What the event truly does to the target."""

    NOTHING = "nothing"
    HALVING = "a halving"
    MOVE = "60 % to two neighbours"
    FALL = "60 % gone"
    NEW_PLACE = "60 % to new ground"
    SPLIT = "half to new ground beside"


_TO_NEW_GROUND = {Happening.NEW_PLACE: MOVED, Happening.SPLIT: 0.5}
"""The share that goes to ground where nobody stood."""


class Turn(StrEnum):
    """How patrols turn from night to day."""

    NO = "no"
    TARGET = "at the target"
    TARGET_GRADUALLY = "at the target, over eight weeks"
    CITY = "in the whole city"


class Unreported(StrEnum):
    """Whose zeros are not reported, from the event on if nothing else is said."""

    NOBODYS = "nobody's"
    TARGET = "at the target"
    TERRITORY = "in the territory of the nearest neighbour"
    UNIT = "by the unit that goes to the target most"
    LATE = "70 % of the last three weeks, everywhere"
    BEGUN = "at the target, before the event: they are reported from then on"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """How heads vary from visit to visit, and how far from the middle visits are made.

    Counts have variance m + d m^2, with d of each place uniform over `dispersion`; `empty` is the
    share of visits at which the scene is away (the others see more, the mean is kept); `outliers`
    the share of counts times ten. Positions are off by `jitter_m`, uniform over places; `large`:
    the target and the so many largest other places are visited anywhere on 250 x 350 m.
    `day_factor` are the heads by part of the day, their mean over the hours is kept.
    """

    dispersion: tuple[float, float] = (0.5, 0.5)
    empty: float = 0.0
    outliers: float = 0.0
    jitter_m: tuple[float, float] = (30.0, 30.0)
    large: int | None = None
    extent_m: tuple[float, float] = (250.0, 350.0)
    day_factor: tuple[float, float, float, float] = EVEN


@dataclass(frozen=True, kw_only=True)
class Patrols:
    """Where patrols go and what reaches the record.

    `uneven`: effort differs by place and week; `shifted`: the target is visited three times as
    often from the event on; `follow`: share of the effort that goes where heads are. `scattered`
    visits a week go anywhere but where a scene would be seen (120 m), and see nobody, or with
    `passer_by` one person; new ground is found after `found_after` weeks. So many `crews` make each
    visit together; `doubled` is the share reported twice. `by_position`: the territory of a visit
    is that of its position, not of its place.
    """

    uneven: bool = False
    shifted: bool = False
    follow: float = 0.0
    scattered: float = 0.0
    passer_by: float = 0.03
    found_after: tuple[int, int] = (1, 3)
    turn: Turn = Turn.NO
    unreported: Unreported = Unreported.NOBODYS
    crews: int = 1
    doubled: float = 0.0
    by_position: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happens in week 26, and beside it.

    `distance_m`: where the new ground lies; `cleared`: no scattered visit went there before.
    `trend`: weekly change of the target before and after, `common` what all places stand at from
    the event on; `border`: a place nearby lies on a border; `second`: four weeks later another
    operation takes 60 % of a place 300 m away; `arrival`: so many people come to new ground in the
    week of the event, from outside the city and not because of it.
    """

    happening: Happening = Happening.NOTHING
    distance_m: float = 490.0
    cleared: bool = False
    trend: float = 0.0
    common: float = 1.0
    border: bool = False
    second: bool = False
    arrival: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a world is made from, but chance."""

    city: City = field(default_factory=City)
    counting: Counting = field(default_factory=Counting)
    patrols: Patrols = field(default_factory=Patrols)
    event: Event = field(default_factory=Event)


@dataclass(frozen=True, kw_only=True)
class World:
    """One event: the scene without and with it, and the visits reported.

    `receivers` are the places that people moved to (or would have), `new` the place that came into
    being, `second` the place of the other operation; `area` is the ground of the target,
    `perimeters` those of the large scenes, the target's first.
    """

    plan: Plan
    without: Scene
    truth: Scene
    seen: Visits
    target: int
    receivers: tuple[int, ...]
    new: int | None
    second: int | None
    area: shapely.Polygon
    perimeters: tuple[shapely.Polygon, ...]


def world(rng: np.random.Generator, plan: Plan) -> World:
    """Return one world; the same seed gives the same world."""
    more = rng.spawn(1)[0]
    without, target, second = _scene(rng, more, plan)
    neighbours = two_neighbours(without, target)
    effort = _effort(rng, target, plan)
    without, new = _new_ground(more, without, target, plan)
    truth = _happened(without, target, neighbours, new, plan.event)
    if second is not None:
        without, truth = (
            move(each, EVENT_WEEK + _SECOND_AFTER, second, gone=MOVED) for each in (without, truth)
        )
    effort = _with_more(more, effort, second, new, plan)
    extents = _extents(without, target, plan.counting)
    seen = _visits(rng, more, truth, effort, target, extents, plan)
    if plan.patrols.scattered:
        seen = reports.joined(seen, _scattered(more, truth, extents, new, plan))
    seen = _reported(more, seen, without, target, neighbours, plan)
    return World(
        plan=plan,
        without=without,
        truth=truth,
        seen=seen,
        target=target,
        receivers=_receivers(neighbours, new, plan.event.happening),
        new=new,
        second=second,
        area=_ground(without, target, extents),
        perimeters=tuple(
            _ground(without, place, extents)
            for place in sorted(
                np.flatnonzero(extents[:, 0]).tolist(), key=lambda place: place != target
            )
        ),
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
        city.weeks, EVENT_WEEK, event.common
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
        made = trend(made, target, event.trend, EVENT_WEEK)
    return made, target, len(xy) - 1 if event.second else None


def _on_border(xy: Floats, target: int, city: City) -> Floats:
    """Return the places with one of the target's four nearest brought beside a border."""
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
    if event.happening not in _TO_NEW_GROUND and not event.arrival:
        return without, None
    point = free_point(rng, without.xy, target, event.distance_m, plan.city)
    made = add_place(without, point, str(plan.city.code_of(point[None, :])[0]))
    heads = made.heads.copy()
    heads[-1, EVENT_WEEK:] = event.arrival
    return replace(made, heads=heads), without.places


def _happened(
    scene: Scene, target: int, neighbours: tuple[int, int], new: int | None, event: Event
) -> Scene:
    if new is not None and event.happening in _TO_NEW_GROUND:
        return move(scene, EVENT_WEEK, target, {new: _TO_NEW_GROUND[event.happening]})
    if event.happening is Happening.MOVE:
        return move(scene, EVENT_WEEK, target, dict.fromkeys(neighbours, MOVED / 2))
    gone = {Happening.NOTHING: 0.0, Happening.HALVING: 0.5, Happening.FALL: MOVED}
    return move(scene, EVENT_WEEK, target, gone=gone[event.happening])


def _receivers(
    neighbours: tuple[int, int], new: int | None, happening: Happening
) -> tuple[int, ...]:
    return neighbours if new is None or happening not in _TO_NEW_GROUND else (new,)


def _effort(rng: np.random.Generator, target: int, plan: Plan) -> Floats:
    """Return expected visits (places, weeks) to the places there were at first."""
    city, patrols = plan.city, plan.patrols
    if patrols.uneven:
        effort = uneven_effort(rng, city.places, city.weeks, city.visits)
        effort[target] *= max(city.visits / effort[target].mean(), 1.0)
    else:
        effort = np.full((city.places, city.weeks), city.visits)
    return shift_effort(effort, EVENT_WEEK, [target], 3.0) if patrols.shifted else effort


def _with_more(
    rng: np.random.Generator, effort: Floats, second: int | None, new: int | None, plan: Plan
) -> Floats:
    """Return the effort with the places added: visited like others, new ground once it is found."""
    rows = [effort]
    weeks = np.arange(plan.city.weeks)
    if second is not None:
        rows.append(np.full((1, len(weeks)), plan.city.visits))
    if new is not None:
        first, last = plan.patrols.found_after
        found = EVENT_WEEK + int(rng.integers(first, last + 1))
        rows.append(np.where(weeks >= found, plan.city.visits, 0.0)[None, :])
    return np.vstack(rows)


def _extents(scene: Scene, target: int, counting: Counting) -> Floats:
    """Return width and height (places, 2) of the large scenes, 0 for all others."""
    extents = np.zeros((scene.places, 2))
    if counting.large is not None:
        order = np.argsort(-scene.heads.mean(axis=1), kind="stable")
        others = order[order != target][: counting.large]
        extents[[target, *others]] = counting.extent_m
    return extents


def _ground(scene: Scene, place: int, extents: Floats) -> shapely.Polygon:
    """Return the ground of a place: its rectangle, or 100 m around it."""
    (x, y), (width, height) = scene.xy[place], extents[place] / 2
    if width > 0:
        return shapely.box(x - width, y - height, x + width, y + height)
    return shapely.Point(x, y).buffer(100.0)


def _visits(
    rng: np.random.Generator,
    more: np.random.Generator,
    truth: Scene,
    effort: Floats,
    target: int,
    extents: Floats,
    plan: Plan,
) -> Visits:
    """Return what patrols see at the places."""
    counting, patrols = plan.counting, plan.patrols
    there = 1 - counting.empty
    if not 0 < there <= 1:
        raise Refused(f"empty is {counting.empty}, and must lie in [0, 1)")
    seen = observe(
        replace(truth, heads=truth.heads / there),
        rng,
        rng.poisson(follow_heads(truth, effort, patrols.follow)),
        jitter_m=_per_place(more, counting.jitter_m, truth.places),
        extent_m=extents if extents.any() else None,
        dispersion=_per_place(more, counting.dispersion, truth.places),
        p_detect=there,
        day_parts=_day_parts(truth, target, plan),
        day_part_factor=counting.day_factor,
    )
    return reports.with_outliers(more, seen, counting.outliers) if counting.outliers else seen


def _per_place(
    rng: np.random.Generator, between: tuple[float, float], places: int
) -> float | Floats:
    low, high = between
    return low if low == high else rng.uniform(low, high, places)


def _day_parts(truth: Scene, target: int, plan: Plan) -> npt.ArrayLike:
    """Return the shares of visits by part of the day, (4,) or (places, weeks, 4)."""
    turn = plan.patrols.turn
    if turn is Turn.NO and plan.counting.day_factor == EVEN:
        return EVEN
    week = np.arange(truth.weeks) - EVENT_WEEK
    ramp = (week + 1) / TURNING_WEEKS if turn is Turn.TARGET_GRADUALLY else week >= 0
    turned = np.clip(ramp.astype(np.float64), 0, 1)[:, None]
    shares = np.broadcast_to(np.asarray(MIXED), (truth.places, truth.weeks, 4)).copy()
    if turn is not Turn.NO:
        who = slice(None) if turn is Turn.CITY else target
        shares[who] = np.asarray(BY_NIGHT) * (1 - turned) + np.asarray(BY_DAY) * turned
    return shares


def _reported(
    rng: np.random.Generator,
    seen: Visits,
    without: Scene,
    target: int,
    neighbours: tuple[int, int],
    plan: Plan,
) -> Visits:
    """Return the visits as they reach the record: with units, hours, crews."""
    city, patrols = plan.city, plan.patrols
    if patrols.by_position:
        seen = replace(seen, territory=city.code_of(seen.xy))
    seen = reports.with_units(rng, reports.timed(rng, seen))
    if patrols.crews > 1:
        seen = reports.crews(rng, seen, patrols.crews)
    if patrols.doubled:
        seen = reports.doubled(rng, seen, patrols.doubled)
    if patrols.unreported is Unreported.NOBODYS:
        return seen
    where = _unreported(seen, without, target, neighbours, patrols.unreported)
    share = LATE_SHARE if patrols.unreported is Unreported.LATE else 1.0
    return reports.without_zeros(rng, seen, where, share)


def _scattered(
    rng: np.random.Generator, truth: Scene, extents: Floats, new: int | None, plan: Plan
) -> Visits:
    city, patrols = plan.city, plan.patrols
    made = reports.scattered(
        rng, city.window, city.weeks, patrols.scattered, city.code_of, passer_by=patrols.passer_by
    )
    made = made.take(~_in_sight(made, truth, extents))
    if new is None or not plan.event.cleared:
        return made
    there = np.hypot(*(made.xy - truth.xy[new]).T) < _CLEARED_M
    return made.take(~(there & (made.week < EVENT_WEEK)))


def _in_sight(made: Visits, truth: Scene, extents: Floats) -> Mask:
    """Return which visits are so near to people that they would have counted them."""
    seen = np.zeros(len(made), dtype=bool)
    for place in range(truth.places):
        beyond = np.maximum(abs(made.xy - truth.xy[place]) - extents[place] / 2, 0)
        seen |= (np.hypot(*beyond.T) < _IN_SIGHT_M) & (truth.heads[place, made.week] > 0)
    return seen


def _unreported(
    seen: Visits, without: Scene, target: int, neighbours: tuple[int, int], who: Unreported
) -> Mask:
    since = seen.week >= EVENT_WEEK
    if who is Unreported.BEGUN:
        return np.asarray(~since & (seen.place == target))
    if who is Unreported.TARGET:
        return np.asarray(since & (seen.place == target))
    if who is Unreported.TERRITORY:
        return np.asarray(since & (seen.territory == without.territory[neighbours[0]]))
    if who is Unreported.UNIT:
        return np.asarray(since & (seen.unit == f"unit-{without.territory[target]}"))
    return np.asarray(seen.week >= without.weeks - LATE_WEEKS)
