"""Trials of the displacement method on simulated events whose truth is known.

A trial is one world of `analysis.simulate` and its study, which only gets what patrols reported.
`SCENES` are the kinds of worlds on which the method is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites import simulation
from geosites.analysis.displacement.result import DisplacementResult
from geosites.analysis.displacement.study import study
from geosites.analysis.displacement.study_design import (
    Design,
    EffortVisits,
    Surroundings,
    weeks_until_next,
)
from geosites.simulation import EVENT_WEEK, SCENES, City, Habit, Happening, SceneKind, clean

__all__ = ["EVENT_WEEK", "SCENES", "City", "Habit", "Happening", "Trial", "make", "trial"]

_SECOND_WEEK = 4
_ACCURACY_M = 20.0
_STANDARD = City()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One simulated event: the world, and what of it the study is given."""

    world: simulation.World
    seen: EffortVisits
    around: Surroundings

    @property
    def truth(self) -> simulation.Scene:
        """The scene with the event."""
        return self.world.truth

    @property
    def without(self) -> simulation.Scene:
        """The scene as it would have been."""
        return self.world.without

    @property
    def target(self) -> int:
        """The place where the event happens."""
        return self.world.target

    @property
    def receivers(self) -> tuple[int, ...]:
        """The places that people move to, if they move."""
        return self.world.receivers

    @property
    def area(self) -> shapely.Polygon:
        """The area of the target."""
        return self.world.area

    @property
    def event_week(self) -> int:
        """The week of the event."""
        return self.world.plan.city.event_week

    @property
    def before(self) -> slice:
        """The weeks before the event."""
        return slice(self.event_week)

    @property
    def weeks_after(self) -> int:
        """How many weeks after are free of another event nearby."""
        every = self.world.plan.city.weeks - self.event_week
        return weeks_until_next([_SECOND_WEEK] if self.world.second is not None else [], every)

    @property
    def after(self) -> slice:
        """The weeks after the event that are studied."""
        return slice(self.event_week, self.event_week + self.weeks_after)

    def effect(self, members: npt.NDArray[np.bool_]) -> float:
        """Return the true change in people present at the marked places, mean of weeks after."""
        gap = self.truth.heads - self.without.heads
        return float(gap[members, self.after].mean(axis=1).sum())

    def study(self, rng: np.random.Generator, design: Design | None = None) -> DisplacementResult:
        """Return the study of the patrols' reports; the method gets nothing else."""
        given = design or Design()
        shorter = replace(given, weeks_after=min(given.weeks_after, self.weeks_after))
        return study(self.seen, self.area, self.around, shorter, rng=rng)


def trial(
    rng: np.random.Generator, habit: Habit, happening: Happening, city: City = _STANDARD
) -> Trial:
    """Return one event in the clean city; the same seed gives the same trial."""
    return make(rng, SceneKind(plan=clean(habit, happening, city)))


def make(rng: np.random.Generator, kind: SceneKind) -> Trial:
    """Return one event of a kind of scene; the same seed gives the same trial."""
    plan = simulation.varied(rng, kind.plan) if kind.varied else kind.plan
    if kind.effort is not None:
        plan = kind.effort.given(plan)
    world = simulation.world(rng, plan)
    point = world.without.xy[world.target]
    second = [] if world.second is None else [shapely.Point(world.without.xy[world.second])]
    return Trial(
        world=world,
        seen=_given(world.seen, plan.city.event_week),
        around=Surroundings(
            near=plan.city.near(point),
            other_events=tuple(ground.buffer(100.0) for ground in second),
            sites=world.perimeters if kind.perimeters else (),
        ),
    )


def _given(made: simulation.SimulatedVisits, event_week: int) -> EffortVisits:
    """Return what the study is given of the visits."""
    return EffortVisits(
        xy=made.xy,
        week=made.week - event_week,
        heads=made.heads.astype(np.float64),
        territory=made.territory,
        hour=made.hour,
        unit=made.unit,
        accuracy_m=np.full(len(made), _ACCURACY_M),
    )
