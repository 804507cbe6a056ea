"""Places of a study: clustered, separated at borders, assigned to territories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import special
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
from geosites.analysis.places import Places, assign, centres

_SPREADS = 4.0
_EDGE_SHARE = 0.25
_MANY = 40
_BEGUN_P = 1e-4
"""Probability of so few visits before the event below which ground is not the edge of a scene."""

_ROUNDS = 2
"""The spread of a wide scene is seen in full only once its outer visits are back."""

BORDER_SHARE = 0.2
"""Minimum share of visits in another territory for a place to be on a border."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyPlaces(Places):
    """Places of a study; `edge` (places,) marks the outer visits of a wider scene beside them."""

    edge: Mask


def assigned(visits: EffortVisits, around: Surroundings, design: Design) -> StudyPlaces:
    """Return the places of visits: known sites, and clusters found without looking at heads.

    Outer visits of a wide scene within `merge_m` of its centre belong to it: no other scene is told
    apart so near, and each of them counted the whole scene.
    """
    made = assign(
        visits.xy,
        design.place_radius_m,
        merge_m=design.merge_m,
        sites=around.sites,
        accuracy_m=visits.accuracy_m,
    )
    found = StudyPlaces(**vars(made), edge=np.zeros(len(made), dtype=bool))
    for _ in range(_ROUNDS):
        found = _joined(found, visits, design.merge_m)
    return found


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


def _joined(made: StudyPlaces, visits: EffortVisits, reach_m: float) -> StudyPlaces:
    """Return the places with the outer visits of wide scenes given back to these."""
    xy = np.asarray(visits.xy, dtype=np.float64)
    scene = _edge_of(made, xy, np.asarray(visits.week) < 0)
    edge, index, core = made.edge | (scene >= 0), made.index.copy(), made.core.copy()
    outer = np.flatnonzero(scene[index] >= 0)
    beside = scene[index[outer]]
    close = np.hypot(*(xy[outer] - made.centre[beside]).T) <= reach_m
    index[outer[close]] = beside[close]
    core[outer[close]] = False
    left, index = np.unique(index, return_inverse=True)
    return StudyPlaces(
        index=index,
        centre=centres(xy, index),
        site=made.site[left],
        core=core,
        edge=edge[left],
    )


def _edge_of(made: Places, xy: Floats, before: Mask) -> Ints:
    """Return the wider scene (places,) of which each place is the outer visits, -1 for scenes.

    The visits to a scene lie around it with a spread that its own positions tell. A place with a
    quarter of its visits or fewer, within four times that spread, is the edge of it: each visit
    there counted the whole scene once more. Of several such scenes, it is that of the nearest.
    Known sites are never edges; the edge of an edge is that of the widest scene. Nor is ground that
    crews began to visit with the event: the edge of a scene is visited when the scene is.
    """
    visits, early = np.bincount(made.index), np.bincount(made.index, before).astype(np.int64)
    away = np.hypot(*(xy - made.centre[made.index]).T)
    spread = np.sqrt(np.bincount(made.index, away**2) / visits / 2)
    wide = np.flatnonzero(visits >= _MANY)
    scene, gap = np.full(len(made), -1, dtype=np.int64), np.full(len(made), np.inf)
    if not len(wide):
        return scene
    tree = cKDTree(made.centre)
    reached = tree.query_ball_point(made.centre[wide], _SPREADS * spread[wide])
    for each, near in zip(wide.tolist(), map(np.asarray, reached), strict=True):
        metres = np.hypot(*(made.centre[near] - made.centre[each]).T)
        few = (visits[near] <= _EDGE_SHARE * visits[each]) & (made.site[near] < 0)
        share = early[each] / visits[each]
        few &= special.bdtr(early[near], visits[near], share) > _BEGUN_P
        mine = near[few & (metres < gap[near])]
        gap[mine] = metres[few & (metres < gap[near])]
        scene[mine] = each
    return widest(scene)


def widest(scene: Ints) -> Ints:
    """Return the scene (places,) of each edge, of an edge's edge the scene of that."""
    while True:
        beyond = np.where(scene >= 0, scene[scene], -1)
        if (beyond < 0).all():
            return scene
        scene = np.where(beyond >= 0, beyond, scene)


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
