"""Kinds of simulated scenes, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from geosites.simulation.city import City
from geosites.simulation.plan import (
    NIGHT_HEAVY,
    Counting,
    Effort,
    Happening,
    Patrols,
    Plan,
    SimulatedEvent,
    Turn,
    Unreported,
)

STANDARD_CITY = City()


class Habit(StrEnum):
    """How the city and its patrols behave, in the clean city."""

    PLAIN = "plain"
    SHOCK = "city-wide shock"
    UNEVEN = "uneven effort"
    SHIFTED = "patrols shift to the target"
    FOLLOWING = "patrols follow the heads"
    EVERYTHING = "all of these"


@dataclass(frozen=True, kw_only=True)
class SceneKind:
    """A kind of scene: how its worlds are generated.

    `perimeters`: the study is given the perimeters of large scenes. `varied`: the city, its
    counting and its patrols are drawn anew for each world (see `varied`). `effort`: how often and
    how long it is visited, whatever the plan says.
    """

    plan: Plan
    perimeters: bool = False
    varied: bool = False
    effort: Effort | None = None

    @property
    def null(self) -> bool:
        """Whether the event truly does nothing."""
        return self.plan.event.happening is Happening.NOTHING


def clean(habit: Habit, happening: Happening, city: City = STANDARD_CITY) -> Plan:
    """Return the plan of a habit in a city without scattered visits, season or new ground."""
    every = habit is Habit.EVERYTHING
    return Plan(
        city=replace(city, shock=0.3 if every or habit is Habit.SHOCK else 0.0),
        patrols=Patrols(
            uneven=every or habit is Habit.UNEVEN,
            shifted=every or habit is Habit.SHIFTED,
            follow=0.5 if every or habit is Habit.FOLLOWING else 0.0,
        ),
        event=SimulatedEvent(happening=happening),
    )


FEW = Plan(
    city=City(
        places=12,
        controls=(3, 8),
        side_m=6000.0,
        heads=12.0,
        spread=0.8,
        visits=6.0,
        season=0.15,
        gap_m=450.0,
    ),
    counting=Counting(dispersion=(0.5, 1.0)),
    patrols=Patrols(scattered=36.0),
)
"""A small realistic city: 12 places, 3 to 8 of them controls, 1,400 scattered visits, a season."""

LIVED = Plan(
    city=City(places=40, side_m=8000.0, heads=8.0, spread=0.7, visits=4.0, season=0.15),
    counting=Counting(dispersion=(0.5, 1.0), jitter_m=(25.0, 45.0)),
    patrols=Patrols(scattered=36.0, follow=0.25),
)
"""A realistic city: 40 places, 1,400 scattered visits, a season; patrols follow people a little."""


def varied(rng: np.random.Generator, plan: Plan) -> Plan:
    """Return the plan in a city, with counting and patrols, that are drawn at random.

    From 12 to 60 places of median 4 to 15 heads, one to seven visits a week, season up to 20 %,
    places that wander by .15 to .45, counts with variance m + .2 to 1.5 m^2, positions off by 15 to
    60 m, 600 to 2,000 scattered visits; effort even or uneven, half the time following heads.
    """
    places = int(rng.integers(12, 61))
    low, high = np.sort(rng.uniform(0.2, 1.5, 2))
    near, far = np.sort(rng.uniform(15, 60, 2))
    return replace(
        plan,
        city=City(
            places=places,
            side_m=float(rng.uniform(1000, 1300) * np.sqrt(places) + 1500),
            heads=float(rng.uniform(4, 15)),
            spread=float(rng.uniform(0.4, 0.9)),
            wander=float(rng.uniform(0.15, 0.45)),
            autocorrelation=float(rng.uniform(0.4, 0.85)),
            visits=float(rng.uniform(1, 7)),
            season=float(rng.uniform(0, 0.2)),
            gap_m=float(rng.uniform(350, 500)),
        ),
        counting=Counting(dispersion=(low, high), jitter_m=(near, far)),
        patrols=Patrols(
            uneven=bool(rng.random() < 0.5),
            follow=float(rng.uniform(0, 0.6)) if rng.random() < 0.5 else 0.0,
            scattered=float(rng.uniform(600, 2000) / 39),
        ),
    )


def with_options(
    plan: Plan,
    happening: Happening = Happening.NOTHING,
    *,
    city: Mapping[str, object] | None = None,
    counting: Mapping[str, object] | None = None,
    patrols: Mapping[str, object] | None = None,
    **event: object,
) -> Plan:
    """Return a plan with some of its options changed; `event` takes those of `SimulatedEvent`."""
    return Plan(
        city=replace(plan.city, **(city or {})),  # type: ignore[arg-type]
        counting=replace(plan.counting, **(counting or {})),  # type: ignore[arg-type]
        patrols=replace(plan.patrols, **(patrols or {})),  # type: ignore[arg-type]
        event=replace(plan.event, happening=happening, **event),  # type: ignore[arg-type]
    )


_NOTHING, _HALVING, _FALL = Happening.NOTHING, Happening.HALVING, Happening.FALL
_MOVE, _SPLIT = Happening.MOVE, Happening.SPLIT


def _each(
    name: str, plan: Plan, *happenings: Happening, perimeters: bool = False, **options: object
) -> dict[str, SceneKind]:
    """Return a kind for each event, named `name-event`."""
    return {
        f"{name}-{happening.name.lower()}": SceneKind(
            plan=with_options(plan, happening, **options),  # type: ignore[arg-type]
            perimeters=perimeters,
        )
        for happening in happenings
    }


def _clean(name: str, habit: Habit, *happenings: Happening) -> dict[str, SceneKind]:
    return {
        f"{name}-{happening.name.lower()}": SceneKind(plan=clean(habit, happening))
        for happening in happenings
    }


def _new(
    name: str, plan: Plan, happening: Happening = Happening.NEW_PLACE, **event: object
) -> dict[str, SceneKind]:
    return {name: SceneKind(plan=with_options(plan, happening, **event))}  # type: ignore[arg-type]


_SMALL = Plan(city=City(places=40, heads=1.8, spread=0.3, target_heads=(15.0, 40.0)))
_INTERMITTENT = {"empty": 0.4}
_WIDE = {"jitter_m": (60.0, 120.0)}
_BY_NIGHT = {"day_factor": NIGHT_HEAVY}

SCENES: Mapping[str, SceneKind] = {
    **_clean("plain", Habit.PLAIN, _NOTHING, _HALVING, _FALL, _MOVE),
    **_clean("shock", Habit.SHOCK, _NOTHING),
    **_clean("uneven", Habit.UNEVEN, _NOTHING, _HALVING),
    **_clean("shifted", Habit.SHIFTED, _NOTHING),
    **_clean("following", Habit.FOLLOWING, _NOTHING),
    **_clean("everything", Habit.EVERYTHING, _NOTHING, _HALVING, _FALL, _MOVE),
    **_each("lived", LIVED, _NOTHING, _HALVING, _FALL, _MOVE),
    **_each("few", FEW, _NOTHING, _HALVING, _FALL, _MOVE),
    **_each("few-six-controls", FEW, _NOTHING, _FALL, city={"places": 14, "controls": (6, 8)}),
    **{
        f"varied-{name}": SceneKind(
            plan=Plan(event=SimulatedEvent(happening=happening)), varied=True
        )
        for name, happening in {
            "nothing": _NOTHING,
            "halving": _HALVING,
            "fall": _FALL,
            "move": _MOVE,
            "new": Happening.NEW_PLACE,
        }.items()
    },
    **_each("close", LIVED, _NOTHING, _MOVE, city={"places": 60, "side_m": 6000, "gap_m": 320}),
    **_each("season", Plan(), _NOTHING, _HALVING, city={"season": 0.15}),
    **_each("overdispersed", LIVED, _NOTHING, _HALVING, counting={"dispersion": (1.0, 2.0)}),
    **_each("heavy-tail", LIVED, _NOTHING, _HALVING, counting={"outliers": 0.02}),
    **_each("wide", LIVED, _NOTHING, _FALL, _MOVE, counting=_WIDE),
    **_each("large", LIVED, _NOTHING, _FALL, _MOVE, counting={"large": 3}),
    **_each("large-known", LIVED, _NOTHING, _FALL, perimeters=True, counting={"large": 3}),
    **_new("new-490-unseen", LIVED, cleared=True),
    **_new("new-490", LIVED),
    **_new("new-900", LIVED, distance_m=900.0),
    **_new("new-2000", LIVED, distance_m=2000.0),
    **_new("new-490-few", FEW),
    **_each(
        "day-target", LIVED, _NOTHING, _HALVING, counting=_BY_NIGHT, patrols={"turn": Turn.TARGET}
    ),
    **_each(
        "day-gradual",
        LIVED,
        _NOTHING,
        counting=_BY_NIGHT,
        patrols={"turn": Turn.TARGET_GRADUALLY},
    ),
    **_each("day-city", LIVED, _NOTHING, _HALVING, counting=_BY_NIGHT, patrols={"turn": Turn.CITY}),
    **_each("zeros-there", LIVED, _NOTHING, _HALVING, counting=_INTERMITTENT),
    **_each(
        "no-zeros-target",
        LIVED,
        _NOTHING,
        counting=_INTERMITTENT,
        patrols={"unreported": Unreported.TARGET},
    ),
    **_each(
        "no-zeros-territory",
        LIVED,
        _NOTHING,
        _FALL,
        counting=_INTERMITTENT,
        patrols={"unreported": Unreported.TERRITORY},
    ),
    **_each(
        "no-zeros-unit",
        LIVED,
        _NOTHING,
        counting=_INTERMITTENT,
        patrols={"unreported": Unreported.UNIT},
    ),
    **_each(
        "late-zeros",
        LIVED,
        _NOTHING,
        counting=_INTERMITTENT,
        patrols={"unreported": Unreported.LATE},
    ),
    **_each(
        "zeros-begin-target",
        LIVED,
        _NOTHING,
        counting=_INTERMITTENT,
        patrols={"unreported": Unreported.BEGUN},
    ),
    **_each("crews-2", LIVED, _NOTHING, _HALVING, patrols={"crews": 2}),
    **_each("crews-3", LIVED, _NOTHING, patrols={"crews": 3}),
    **_each("doubled", LIVED, _NOTHING, patrols={"doubled": 0.25}),
    **_new("split-150", LIVED, _SPLIT, distance_m=150.0),
    **_new("split-320", LIVED, _SPLIT, distance_m=320.0),
    **_each("arrival", LIVED, _NOTHING, _FALL, arrival=20.0),
    **_each("border", LIVED, _NOTHING, _MOVE, border=True, patrols={"by_position": True}),
    **_each("decline", LIVED, _NOTHING, _HALVING, trend=-0.03),
    **_each("growth", LIVED, _NOTHING, trend=0.03),
    **_each("shock-at-event", _SMALL, _NOTHING, _HALVING, common=0.6),
    **_each("one-visit", LIVED, _NOTHING, _HALVING, city={"visits": 1.0}),
    **_each("few-shock-at-event", FEW, _NOTHING, common=0.6),
    **_each("second", LIVED, _NOTHING, _FALL, second=True),
}
"""The kinds of scenes on which the method is evaluated, by name."""
