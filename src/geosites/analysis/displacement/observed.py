"""Assign visits to places, territories and roles in the study (target, ring, control)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geosites.analysis.displacement.change_intervals import Standing
from geosites.analysis.displacement.control_places import control_places
from geosites.analysis.displacement.empty_ground import beside_scene
from geosites.analysis.displacement.hour_profile import HourProfile, bins_of, hour_profile, shares
from geosites.analysis.displacement.levels import (
    Floats,
    Ints,
    Levels,
    Weekly,
    levels,
    typical_variance,
    weekly,
)
from geosites.analysis.displacement.missing_zeros import Silence, silence
from geosites.analysis.displacement.result import Caveat, Elsewhere
from geosites.analysis.displacement.split_target import two_spots
from geosites.analysis.displacement.study_design import (
    Codes,
    Design,
    EffortVisits,
    Mask,
    Needed,
    Surroundings,
)
from geosites.analysis.displacement.study_places import (
    assigned,
    at_target,
    newly_held,
    territories,
    visited_enough,
)
from geosites.core.errors import NotEnoughData

SIZES = (1.0, 5.0, 15.0, 50.0)
"""Heads from which a sighting counts as small, middling, large, very large."""


@dataclass(frozen=True, kw_only=True)
class Scattered:
    """All places that visits made, those outside the study marked in `free`.

    `centre` (m, 2), `territory` (m,) and `table` run over all places. `xy` (n, 2), `week`,
    `heads`, `exposure` (n,) are the visits outside the places of the study.
    """

    centre: Floats
    territory: Codes
    table: Weekly
    free: Mask
    xy: Floats
    week: Ints
    heads: Floats
    exposure: Floats


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The places seen before and after, with their weeks, and their part in the study.

    All arrays run over the places. `distance_m` is from the target (0 inside); `target`, `control`
    and `near` are masks; a near place lies in a territory around the target. In `silent`
    territories empty visits stopped or began to be reported: they get no estimate. `beside` is the
    other territory of a place on a border, empty elsewhere. `sizes` (places, 2, 5) counts visits
    before and after by size class: none, then from each of `SIZES`.
    """

    centre: Floats
    territory: Codes
    beside: Codes
    distance_m: Floats
    table: Weekly
    standing: Standing
    typical: tuple[float, float]
    sizes: Ints
    target: Mask
    control: Mask
    near: Mask
    near_codes: frozenset[str]
    silent: frozenset[str]
    needed: Needed
    warnings: tuple[Caveat, ...]
    scattered: Scattered
    elsewhere: Elsewhere

    def ring(self, inner_m: float, outer_m: float) -> Mask:
        """Return the places of one ring, the outer edge included, the target left out."""
        return (self.distance_m > inner_m) & (self.distance_m <= outer_m)

    def controls_for(self, members: Mask) -> Mask:
        """Return the controls of a group of places: never a place of a territory it touches."""
        return self.control & ~np.isin(self.territory, np.unique(self.territory[members]))

    @property
    def before(self) -> Mask:
        """The columns of the weeks before the event."""
        return self.table.weeks < 0


def observe(
    visits: EffortVisits, target: shapely.Geometry, around: Surroundings, design: Design
) -> Observed:
    """Return the places of a study; raises `NotEnoughData` if the target was not seen twice."""
    within = visits.during(-design.weeks_before, design.weeks_after - 1)
    if not len(within):
        raise NotEnoughData("no visit of a patrol or survey in the weeks of the study", "no_visit")
    made = assigned(within, around, design)
    on = ~beside_scene(within, made)
    own_visits = at_target(made.centre, target, design)[made.index]
    quiet = silence(within.where(on), made.index[on], own_visits[on])
    if quiet.units and within.unit is not None:
        within = within.where((within.week < 0) | ~np.isin(within.unit, quiet.units))
        made = assigned(within, around, design)
        on = ~beside_scene(within, made)
    place, centre = made.index, made.centre
    if quiet.target:
        raise NotEnoughData(
            "visits that saw nobody at the target: they are no longer reported after the event, so "
            "that the mean of the others means nothing",
            "zeros_missing",
        )
    if quiet.begun:
        raise NotEnoughData(
            "visits that saw nobody at the target before the event: they are reported only since, "
            "while those who see anybody count as many as before",
            "zeros_begun",
        )
    apart = two_spots(within, made, at_target(centre, target, design))
    if apart is not None:
        raise NotEnoughData(
            "a target at one spot: since the event its visits stand at two, %(apart_m).0f m apart, "
            "and each may have seen a part of it",
            "target_split",
            apart_m=apart,
        )
    hour = np.full(len(within), -1) if within.hour is None else bins_of(within.hour)
    hours = hour_profile(place[on], within.week[on], hour[on], within.heads[on])
    exposure = hours.exposure(place, hour)
    first, last = -design.weeks_before, design.weeks_after - 1
    table = weekly(place[on], within.week[on], within.heads[on], first, last, exposure[on])
    territory, beside = territories(within, place, centre)
    own = ~made.edge
    needed = Needed.of(design, within.week)
    seen = visited_enough(table, needed) & ~(newly_held(table, design) & (made.site < 0)) & own
    outside = ~seen[place] | ~on
    scattered = Scattered(
        centre=centre,
        territory=territory,
        table=table,
        free=~seen & own,
        xy=within.xy[outside],
        week=within.week[outside],
        heads=within.heads[outside],
        exposure=exposure[outside],
    )
    kept = _Kept(
        table=table.where(seen),
        sizes=_sizes(within.where(on), place[on])[seen],
        centre=centre[seen],
        territory=territory[seen],
        beside=beside[seen],
        doubt=_doubt(within.week[on], place[on], hour[on], hours)[seen],
        quiet=quiet,
        needed=needed,
        beside_scene=within.week[~on],
    )
    return _placed(kept, scattered, target, around, design)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """The places of the study, before their part in it is known.

    `beside_scene` has the weeks of the empty visits beside scenes.
    """

    table: Weekly
    sizes: Ints
    centre: Floats
    territory: Codes
    beside: Codes
    doubt: Floats
    quiet: Silence
    needed: Needed
    beside_scene: Ints


def _sizes(visits: EffortVisits, place: Ints) -> Ints:
    classes = len(SIZES) + 1
    size = np.digitize(visits.heads, SIZES)
    cell = (place * 2 + (visits.week >= 0)) * classes + size
    count = int(place.max()) + 1
    return np.bincount(cell, minlength=count * 2 * classes).reshape(count, 2, classes)


def _doubt(week: Ints, place: Ints, hour: Ints, hours: HourProfile) -> Floats:
    """Return the error (places,) of the log ratio of levels that the hours of visits bring."""
    known = hour >= 0
    old, new = (
        shares(place[known], hour[known], side[known], len(hours.log_factor))
        for side in (week < 0, week >= 0)
    )
    return hours.doubt(old, new)


def _elsewhere(table: Weekly, empty: Ints) -> Elsewhere:
    """Return what the visits of free places saw, with more empty visits (n,) in weeks `empty`."""
    before, early = table.weeks < 0, int((empty < 0).sum())
    visits = [int(table.visits[:, period].sum()) for period in (before, ~before)]
    visits = [visits[0] + early, visits[1] + len(empty) - early]
    heads = [float(table.heads[:, period].sum()) for period in (before, ~before)]
    rates = [h / v if v else None for h, v in zip(heads, visits, strict=True)]
    return Elsewhere(
        places=len(table.visits),
        visits_before=visits[0],
        visits_after=visits[1],
        heads_per_visit_before=rates[0],
        heads_per_visit_after=rates[1],
    )


def _placed(
    kept: _Kept,
    scattered: Scattered,
    target: shapely.Geometry,
    around: Surroundings,
    design: Design,
) -> Observed:
    points = shapely.points(kept.centre)
    distance = np.asarray(shapely.distance(points, target), dtype=np.float64)
    hit = at_target(kept.centre, target, design)
    silent = np.isin(kept.territory, kept.quiet.territories)
    if not hit.any():
        raise NotEnoughData(
            "no place within %(ring_edges_m)g m of the target was visited in "
            "%(weeks_before)s weeks before and %(weeks_after)s weeks after the event",
            "target_unseen",
            ring_edges_m=design.ring_edges_m[0],
            weeks_before=kept.needed.before,
            weeks_after=kept.needed.after,
        )
    near = _near(kept.territory, distance, around, design)
    before = kept.table.weeks < 0
    pooled = _pooled_level(kept.table)
    held = pooled >= design.control_heads
    typical = tuple(typical_variance(kept.table, part, held) for part in (before, ~before))
    sides = [
        levels(kept.table, part, each)
        for part, each in zip((before, ~before), typical, strict=True)
    ]
    return Observed(
        centre=kept.centre,
        territory=kept.territory,
        beside=kept.beside,
        distance_m=distance,
        table=kept.table,
        standing=Standing(before=sides[0], after=_less_sure(sides[1], kept)),
        typical=(typical[0], typical[1]),
        sizes=kept.sizes,
        target=hit,
        control=control_places(kept.centre, distance, pooled, around, design) & ~silent,
        near=np.isin(kept.territory, near) & ~silent,
        silent=frozenset(kept.quiet.territories),
        needed=kept.needed,
        warnings=kept.quiet.warnings,
        near_codes=frozenset(map(str, near)),
        scattered=scattered,
        elsewhere=_elsewhere(scattered.table.where(scattered.free), kept.beside_scene),
    )


def _pooled_level(table: Weekly) -> Floats:
    """Return mean heads per visit at each place over both periods, which favours neither."""
    return np.asarray(table.heads.sum(axis=1) / table.exposure.sum(axis=1))


def _less_sure(after: Levels, kept: _Kept) -> Levels:
    """Return the levels with the uncertainty from changed hours of visits."""
    se = np.hypot(after.se, after.level * kept.doubt)
    return Levels(level=after.level, se=se, weeks=after.weeks, visits=after.visits)


def _near(territory: Codes, distance: Floats, around: Surroundings, design: Design) -> list[str]:
    if around.near is not None:
        return list(around.near)
    return list(np.unique(territory[distance <= design.reach_m]))
