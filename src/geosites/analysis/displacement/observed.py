"""From visits to places: where they are, whose they are, what they are to the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.displacement.changes import Standing
from geosites.analysis.displacement.design import Design, Mask, Surroundings, Visits
from geosites.analysis.displacement.levels import Floats, Ints, Weekly, levels, weekly
from geosites.analysis.places import centres, places
from geosites.errors import NotEnoughData

Codes = npt.NDArray[Any]

SIZES = (1.0, 5.0, 15.0, 50.0)
"""Heads from which a sighting counts as small, middling, large, very large."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Scattered visits, outside the places seen in both periods: a rate, never heads standing."""

    places: int
    visits_before: int
    visits_after: int
    heads_per_visit_before: float | None
    heads_per_visit_after: float | None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The places seen before and after, with their weeks, and their part in the study.

    All arrays run over the places. `distance_m` is from the target (0 inside); `target`, `control`
    and `near` are masks; a near place lies in a territory around the target. `sizes` (places, 2, 5)
    counts visits before and after by how many heads they saw: none, then from each of `SIZES`.
    """

    centre: Floats
    territory: Codes
    distance_m: Floats
    table: Weekly
    standing: Standing
    sizes: Ints
    target: Mask
    control: Mask
    near: Mask
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
    place = places(within.xy, radius_m=design.place_radius_m)
    first, last = -design.weeks_before, design.weeks_after - 1
    table = weekly(place, within.week, within.heads, first, last)
    centre = centres(within.xy, place)
    territory = _territory(within, place, centre)
    seen = _seen(table, design.weeks_seen)
    kept = Weekly(heads=table.heads[seen], visits=table.visits[seen], first=first)
    sizes = _sizes(within, place)
    rest = Weekly(heads=table.heads[~seen], visits=table.visits[~seen], first=first)
    return _placed(
        (kept, sizes[seen], centre[seen], territory[seen]), target, around, design, _elsewhere(rest)
    )


def _seen(table: Weekly, least: int) -> Mask:
    """Return the places seen in `least` weeks before and after, or in all of a shorter time."""
    weeks, before = table.visits > 0, table.weeks < 0
    both = [
        weeks[:, period].sum(axis=1) >= min(least, int(period.sum()))
        for period in (before, ~before)
    ]
    return np.asarray(both[0] & both[1])


def _sizes(visits: Visits, place: Ints) -> Ints:
    classes = len(SIZES) + 1
    size = np.digitize(visits.heads, SIZES)
    cell = (place * 2 + (visits.week >= 0)) * classes + size
    count = int(place.max()) + 1
    return np.bincount(cell, minlength=count * 2 * classes).reshape(count, 2, classes)


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


def _territory(visits: Visits, place: Ints, centre: Floats) -> Codes:
    """Return the territory of each place: that of the visit nearest to its centre.

    A place is never cut at a border: each visit counts the whole scene, so two halves would count
    it twice.
    """
    away = np.hypot(*(visits.xy - centre[place]).T)
    least = np.full(len(centre), np.inf)
    np.minimum.at(least, place, away)
    nearest = np.flatnonzero(away == least[place])[::-1]
    first = np.empty(len(centre), dtype=np.int64)
    first[place[nearest]] = nearest
    return visits.territory[first]


def _placed(
    places_seen: tuple[Weekly, Ints, Floats, Codes],
    target: shapely.Geometry,
    around: Surroundings,
    design: Design,
    elsewhere: Elsewhere,
) -> Observed:
    table, sizes, centre, territory = places_seen
    points = shapely.points(centre)
    distance = np.asarray(shapely.distance(points, target), dtype=np.float64)
    hit = distance <= design.ring_edges_m[0]
    if not hit.any():
        raise NotEnoughData(
            "no place within %(ring_edges_m)g m of the target was visited in "
            "%(weeks_seen)s weeks before and %(weeks_seen)s weeks after the event",
            "target_unseen",
            ring_edges_m=design.ring_edges_m[0],
            weeks_seen=design.weeks_seen,
        )
    near = np.isin(territory, _near(territory, distance, around, design))
    before = table.weeks < 0
    return Observed(
        centre=centre,
        territory=territory,
        distance_m=distance,
        table=table,
        standing=Standing(before=levels(table, before), after=levels(table, ~before)),
        sizes=sizes,
        target=hit,
        control=(distance > design.reach_m) & ~_disturbed(points, around, design),
        near=near,
        elsewhere=elsewhere,
    )


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
