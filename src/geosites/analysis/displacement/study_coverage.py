"""Coverage of a study under way: places visited in too few weeks since the event.

The value of more visits is computed from the variance of the place test: that of the target's log
ratio and that of the controls' median. A control with fewer weeks than needed is lost entirely.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from geosites.analysis.displacement.control_places import control_places
from geosites.analysis.displacement.empty_ground import beside_scene
from geosites.analysis.displacement.levels import Floats, Ints, Weekly, typical_variance, weekly
from geosites.analysis.displacement.study_design import (
    Design,
    EffortVisits,
    Mask,
    Needed,
    Surroundings,
)
from geosites.analysis.displacement.study_places import assigned, at_target

_MEDIAN = 1.57
"""The variance of a median over that of a mean (`log_ratios`)."""

_TAU2 = 0.1**2


class StudyRole(StrEnum):
    """What a place is to a study."""

    TARGET = "target"
    CONTROL = "control"
    NEW = "new"


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyCoverage:
    """The places (n,) of a study, and how often each was seen since the event.

    `weeks` (n,) seen since, `needed` (n,) at the end of the study, `reduction` (n,) by how much one
    more week at a place reduces the variance of the study; 0 if it was seen this week. `doubt` is
    that variance now, `unseen` its value without any visit since the event.
    """

    xy: Floats
    role: tuple[StudyRole, ...]
    weeks: Ints
    needed: Ints
    reduction: Floats
    doubt: float
    unseen: float

    @property
    def thin(self) -> Mask:
        """Which places were seen in fewer weeks than the study will need."""
        return self.weeks < self.needed


def study_coverage(
    visits: EffortVisits,
    target: shapely.Geometry,
    around: Surroundings,
    design: Design,
    weeks_so_far: int,
) -> StudyCoverage | None:
    """Return the coverage of a study that began `weeks_so_far` whole weeks ago.

    None if the target was not seen in enough weeks before the event: no further visit can change
    that. Target and controls are places seen in enough weeks before. New places were not seen
    before, are within the rings and have people now.
    """
    within = visits.during(-design.weeks_before, weeks_so_far)
    if not len(within):
        return None
    made = assigned(within, around, design)
    on = ~beside_scene(within, made)
    place, week, heads = made.index[on], within.week[on], within.heads[on]
    table = weekly(place, week, heads, -design.weeks_before, weeks_so_far)
    before = table.weeks < 0
    went = table.visits > 0
    old, new = went[:, before].sum(axis=1), went[:, ~before].sum(axis=1)
    needed = Needed.of(design, np.array([-design.weeks_before, design.weeks_after - 1]))
    hit = at_target(made.centre, target, design)
    away = np.asarray(shapely.distance(shapely.points(made.centre), target), dtype=np.float64)
    rate = _rate(table, np.ones_like(before))
    known = (old >= needed.before) & ~made.edge
    control = known & control_places(made.centre, away, rate, around, design)
    arrived = (old == 0) & (away <= design.reach_m) & ~hit & (made.site < 0)
    arrived &= _rate(table, ~before) >= design.new_heads
    if not (hit & known).any():
        return None
    typical = typical_variance(table, before, known & (rate >= design.control_heads))
    kept = [(StudyRole.TARGET, hit & known), (StudyRole.CONTROL, control), (StudyRole.NEW, arrived)]
    index = np.concatenate([np.flatnonzero(mask) for _, mask in kept])
    role = tuple(name for name, mask in kept for _ in range(int(mask.sum())))
    least = {StudyRole.NEW: needed.new}
    weeks = new[index].astype(np.int64)
    counts = _Weeks(role=role, level=_rate(table, ~before)[index], before=old[index])
    doubt = counts.doubt(weeks, typical)
    more = [counts.doubt(weeks + (np.arange(len(weeks)) == n), typical) for n in range(len(weeks))]
    fresh = went[index, -1]
    return StudyCoverage(
        xy=made.centre[index],
        role=role,
        weeks=weeks,
        needed=np.array([least.get(name, needed.after) for name in role], dtype=np.int64),
        reduction=np.where(fresh, 0.0, doubt - np.array(more)),
        doubt=doubt,
        unseen=counts.doubt(np.zeros_like(weeks), typical),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Weeks:
    """The places of a study, its levels since the event and the weeks seen before it."""

    role: tuple[StudyRole, ...]
    level: Floats
    before: Ints

    def doubt(self, weeks: Ints, typical: float) -> float:
        """Return the variance of the study for these numbers of weeks since the event at each
        place.

        The target's log ratio and the controls' median as in the place test, and each new place by
        the variance of its level relative to the target's. The prior of a place without a visit
        counts as one week.
        """
        role = np.array([name.value for name in self.role])
        error = typical / (1 + weeks)
        ratio = error + typical / np.maximum(self.before, 1)
        hit, control = role == StudyRole.TARGET.value, role == StudyRole.CONTROL.value
        new = role == StudyRole.NEW.value
        share = np.maximum(self.level[hit], 0.5)
        share = share / share.sum()
        total = float((share**2 * ratio[hit]).sum())
        if control.any():
            total += _MEDIAN / float((1 / (ratio[control] + _TAU2)).sum())
        size = max(float(self.level[hit].sum()), 1.0)
        return total + float((np.minimum(self.level[new] / size, 1.0) ** 2 * error[new]).sum())


def _rate(table: Weekly, columns: Mask) -> Floats:
    """Return the heads per visit at each place over some weeks, 0 where nobody went."""
    visits = table.visits[:, columns].sum(axis=1)
    return np.asarray(table.heads[:, columns].sum(axis=1) / np.maximum(visits, 1))
