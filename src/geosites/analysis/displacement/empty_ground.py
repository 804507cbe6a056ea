"""Empty ground beside a scene: a visit that saw nobody tells of where it was, not of the scene.

Patrols cross the city, and those that see nobody 200 m from a scene join its place, the nearest.
Counted there they dilute its level, and fewer of them after the event look like a rise.
"""

from __future__ import annotations

import numpy as np

from geosites.analysis.displacement.study_design import EffortVisits, Mask
from geosites.analysis.places import Places
from geosites.analysis.site_perimeters import ACCURACY_CAP_M

_FEWEST = 10
"""Visits that saw somebody from which the ground of a scene is known."""

_MOST_OF_THEM = 0.9
_MARGIN = 1.25
_LEAST_M = 50.0


def beside_scene(visits: EffortVisits, made: Places) -> Mask:
    """Return which visits (n,) saw nobody off the ground of the scene at their place.

    That ground is a circle: its centre the median position of the visits that saw somebody, its
    radius 1.25 times the one that holds nine tenths of these, at least 50 m. For positions normally
    distributed around a scene it holds 97 % of the visits, for any that lie evenly on a disc all.
    A visit as near to it as its own accuracy (at most 100 m; NaN is 0) was on it.
    Visits before and after the event make it together, so it favours neither. Places where fewer
    than ten visits saw anybody keep all their visits, and a known site those in its perimeter.
    """
    heads = np.asarray(visits.heads)
    xy = np.asarray(visits.xy, dtype=np.float64)
    seen = np.flatnonzero(heads > 0)
    seen = seen[np.argsort(made.index[seen], kind="stable")]
    centre = np.full((len(made), 2), np.nan)
    radius = np.full(len(made), np.inf)
    starts = np.searchsorted(made.index[seen], np.arange(len(made) + 1))
    for place in np.flatnonzero(np.diff(starts) >= _FEWEST).tolist():
        there = xy[seen[starts[place] : starts[place + 1]]]
        centre[place] = np.median(there, axis=0)
        reach = np.quantile(np.hypot(*(there - centre[place]).T), _MOST_OF_THEM)
        radius[place] = max(_MARGIN * float(reach), _LEAST_M)
    away = np.hypot(*(xy - centre[made.index]).T)
    if visits.accuracy_m is not None:
        away = away - np.minimum(np.nan_to_num(np.asarray(visits.accuracy_m)), ACCURACY_CAP_M)
    own = made.core & (made.site[made.index] >= 0)
    return np.asarray((heads == 0) & (away > radius[made.index]) & ~own)
