"""From visits to places: where they are, whose they are, what they are to the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geosites.analysis.displacement.changes import Standing
from geosites.analysis.displacement.design import Design, Mask, Needed, Surroundings, Visits
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
from geosites.analysis.displacement.result import Caveat, Elsewhere
from geosites.analysis.displacement.zeros import Silence, silence
from geosites.analysis.places import Places, assign
from geosites.errors import NotEnoughData

Codes = npt.NDArray[Any]

SIZES = (1.0, 5.0, 15.0, 50.0)
"""Heads from which a sighting counts as small, middling, large, very large."""

_SPREADS = 4.0
_EDGE_SHARE = 0.25
_MANY = 40

BORDER_SHARE = 0.2
"""A place lies on a border if so many of its visits were made in another territory."""


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
    territories empty visits are no longer reported: nothing is said of them. `beside` is the other
    territory of a place on a border, empty elsewhere. `sizes` (places, 2, 5) counts visits before
    and after by how many heads they saw: none, then from each of `SIZES`.
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
    visits: Visits, target: shapely.Geometry, around: Surroundings, design: Design
) -> Observed:
    """Return the places of a study; raises `NotEnoughData` if the target was not seen twice."""
    within = visits.during(-design.weeks_before, design.weeks_after - 1)
    if not len(within):
        raise NotEnoughData("no visit of a patrol or survey in the weeks of the study", "no_visit")
    made = _assigned(within, around, design)
    quiet = silence(within, made.index, _hit(made.centre, target, design)[made.index])
    if quiet.units and within.unit is not None:
        within = within.where((within.week < 0) | ~np.isin(within.unit, quiet.units))
        made = _assigned(within, around, design)
    place, centre = made.index, made.centre
    if quiet.target:
        raise NotEnoughData(
            "visits that saw nobody at the target: they are no longer reported after the event, so "
            "that the mean of the others means nothing",
            "zeros_missing",
        )
    hour = np.full(len(within), -1) if within.hour is None else bins_of(within.hour)
    hours = hour_profile(place, within.week, hour, within.heads)
    exposure = hours.exposure(place, hour)
    first, last = -design.weeks_before, design.weeks_after - 1
    table = weekly(place, within.week, within.heads, first, last, exposure)
    territory, beside = _territories(within, place, centre)
    own = ~_halo(made, within.xy)
    needed = Needed.of(design, within.week)
    seen = _seen(table, needed) & ~(_newly_held(table, design) & (made.site < 0)) & own
    outside = ~seen[place]
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
        sizes=_sizes(within, place)[seen],
        centre=centre[seen],
        territory=territory[seen],
        beside=beside[seen],
        doubt=_doubt(within.week, place, hour, hours)[seen],
        quiet=quiet,
        needed=needed,
    )
    return _placed(kept, scattered, target, around, design)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """The places of the study, before their part in it is known."""

    table: Weekly
    sizes: Ints
    centre: Floats
    territory: Codes
    beside: Codes
    doubt: Floats
    quiet: Silence
    needed: Needed


def _assigned(visits: Visits, around: Surroundings, design: Design) -> Places:
    return assign(
        visits.xy,
        design.place_radius_m,
        merge_m=design.merge_m,
        sites=around.sites,
        accuracy_m=visits.accuracy_m,
    )


def _hit(centre: Floats, target: shapely.Geometry, design: Design) -> Mask:
    """Return which places are the target's own: those within the innermost ring of it."""
    away = shapely.distance(shapely.points(centre), target)
    return np.asarray(away <= design.ring_edges_m[0])


def _seen(table: Weekly, needed: Needed) -> Mask:
    """Return the places visited in enough weeks before and after."""
    weeks, before = table.visits > 0, table.weeks < 0
    both = [
        weeks[:, period].sum(axis=1) >= least
        for period, least in ((before, needed.before), (~before, needed.after))
    ]
    return np.asarray(both[0] & both[1])


def _halo(made: Places, xy: Floats) -> Mask:
    """Return the places that are the outer visits of a wider scene beside them, not scenes.

    The visits to a scene lie around it with a spread that its own positions tell. A place with a
    quarter of its visits or fewer, within four times that spread, is the edge of it: each visit
    there counted the whole scene once more. Known sites are never edges.
    """
    visits = np.bincount(made.index)
    away = np.hypot(*(xy - made.centre[made.index]).T)
    spread = np.sqrt(np.bincount(made.index, away**2) / visits / 2)
    wide = np.flatnonzero(visits >= _MANY)
    halo = np.zeros(len(made), dtype=bool)
    if not len(wide):
        return halo
    tree = cKDTree(made.centre)
    for scene, near in zip(
        wide, tree.query_ball_point(made.centre[wide], _SPREADS * spread[wide]), strict=True
    ):
        halo[near] |= visits[near] <= _EDGE_SHARE * visits[scene]
    return halo & (made.site < 0)


def _newly_held(table: Weekly, design: Design) -> Mask:
    """Return the places that hold heads after the event and next to none before."""
    after = table.weeks >= 0
    old, new = (
        table.heads[:, part].sum(axis=1) / np.maximum(table.exposure[:, part].sum(axis=1), 1e-9)
        for part in (~after, after)
    )
    return np.asarray((new >= design.new_heads) & (old <= design.new_share * new))


def _sizes(visits: Visits, place: Ints) -> Ints:
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


def _elsewhere(table: Weekly) -> Elsewhere:
    before = table.weeks < 0
    visits = [int(table.visits[:, period].sum()) for period in (before, ~before)]
    heads = [float(table.heads[:, period].sum()) for period in (before, ~before)]
    rates = [h / v if v else None for h, v in zip(heads, visits, strict=True)]
    return Elsewhere(
        places=len(table.visits),
        visits_before=visits[0],
        visits_after=visits[1],
        heads_per_visit_before=rates[0],
        heads_per_visit_after=rates[1],
    )


def _territories(visits: Visits, place: Ints, centre: Floats) -> tuple[Codes, Codes]:
    """Return the territory of each place, and the other one of a place on a border.

    Its territory is that of the visit nearest to its centre. A place is never cut at a border: each
    visit counts the whole scene, so two halves would count it twice.
    """
    away = np.hypot(*(visits.xy - centre[place]).T)
    least = np.full(len(centre), np.inf)
    np.minimum.at(least, place, away)
    nearest = np.flatnonzero(away == least[place])[::-1]
    first = np.empty(len(centre), dtype=np.int64)
    first[place[nearest]] = nearest
    own = np.asarray(visits.territory)[first]
    code, codes = pd.factorize(np.asarray(visits.territory), sort=True)
    made = np.bincount(place * len(codes) + code, minlength=len(centre) * len(codes))
    made = made.reshape(len(centre), len(codes))
    others = np.where(codes[None, :] == own[:, None], 0, made)
    second = others.argmax(axis=1)
    shared = others[np.arange(len(centre)), second] >= BORDER_SHARE * made.sum(axis=1)
    return own, np.where(shared, codes[second], "")


def _placed(
    kept: _Kept,
    scattered: Scattered,
    target: shapely.Geometry,
    around: Surroundings,
    design: Design,
) -> Observed:
    points = shapely.points(kept.centre)
    distance = np.asarray(shapely.distance(points, target), dtype=np.float64)
    hit = _hit(kept.centre, target, design)
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
    held = _pooled_level(kept.table) >= design.control_heads
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
        control=(distance > design.reach_m) & ~_disturbed(points, around, design) & held & ~silent,
        near=np.isin(kept.territory, near) & ~silent,
        silent=frozenset(kept.quiet.territories),
        needed=kept.needed,
        warnings=kept.quiet.warnings,
        near_codes=frozenset(map(str, near)),
        scattered=scattered,
        elsewhere=_elsewhere(scattered.table.where(scattered.free)),
    )


def _pooled_level(table: Weekly) -> Floats:
    """Return mean heads per visit at each place over both periods, which favours neither."""
    return np.asarray(table.heads.sum(axis=1) / table.exposure.sum(axis=1))


def _less_sure(after: Levels, kept: _Kept) -> Levels:
    """Return the levels with the doubt about the hours where those of the visits changed."""
    se = np.hypot(after.se, after.level * kept.doubt)
    return Levels(level=after.level, se=se, weeks=after.weeks, visits=after.visits)


def _near(territory: Codes, distance: Floats, around: Surroundings, design: Design) -> list[Any]:
    if around.near is not None:
        return list(around.near)
    return list(np.unique(territory[distance <= design.reach_m]))


def _disturbed(points: Any, around: Surroundings, design: Design) -> Mask:
    """Return the places next to another event of the window."""
    close = np.zeros(len(points), dtype=bool)
    for event in around.other_events:
        close |= shapely.distance(points, event) <= design.event_clearance_m
    return close
