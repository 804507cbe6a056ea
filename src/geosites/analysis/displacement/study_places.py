"""Places of a study: clustered, separated at borders, assigned to territories."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geosites.analysis.displacement.levels import Floats, Ints, Weekly
from geosites.analysis.displacement.study_design import (
    Codes,
    Design,
    EffortVisits,
    Mask,
    Needed,
    Surroundings,
)
from geosites.analysis.places import Places, assign

_SPREADS = 4.0
_EDGE_SHARE = 0.25
_MANY = 40

BORDER_SHARE = 0.2
"""Minimum share of visits in another territory for a place to be on a border."""


def assigned(visits: EffortVisits, around: Surroundings, design: Design) -> Places:
    """Return the places of visits: known sites, and clusters found without looking at heads."""
    return assign(
        visits.xy,
        design.place_radius_m,
        merge_m=design.merge_m,
        sites=around.sites,
        accuracy_m=visits.accuracy_m,
    )


def at_target(centre: Floats, target: shapely.Geometry, design: Design) -> Mask:
    """Return which places are the target's own: those within the innermost ring of it."""
    away = shapely.distance(shapely.points(centre), target)
    return np.asarray(away <= design.ring_edges_m[0])


def visited_enough(table: Weekly, needed: Needed) -> Mask:
    """Return the places visited in enough weeks before and after."""
    weeks, before = table.visits > 0, table.weeks < 0
    both = [
        weeks[:, period].sum(axis=1) >= least
        for period, least in ((before, needed.before), (~before, needed.after))
    ]
    return np.asarray(both[0] & both[1])


def edges(made: Places, xy: Floats) -> Mask:
    """Return the places that are only the outer visits of a wider scene beside them.

    The spread of a scene is estimated from its own positions. A place with at most a quarter of its
    visits, within four times that spread, is its edge: each visit there counted the whole scene
    again. Known sites are never edges.
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


def newly_held(table: Weekly, design: Design) -> Mask:
    """Return the places that hold heads after the event and next to none before."""
    after = table.weeks >= 0
    old, new = (
        table.heads[:, part].sum(axis=1) / np.maximum(table.exposure[:, part].sum(axis=1), 1e-9)
        for part in (~after, after)
    )
    return np.asarray((new >= design.new_heads) & (old <= design.new_share * new))


def territories(visits: EffortVisits, place: Ints, centre: Floats) -> tuple[Codes, Codes]:
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
    code, codes = visits.territories
    made = np.bincount(place * len(codes) + code, minlength=len(centre) * len(codes))
    made = made.reshape(len(centre), len(codes))
    others = np.where(codes[None, :] == own[:, None], 0, made)
    second = others.argmax(axis=1)
    shared = others[np.arange(len(centre)), second] >= BORDER_SHARE * made.sum(axis=1)
    return own, np.where(shared, codes[second], "")
