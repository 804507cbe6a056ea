"""Control places: visited ground with people, far from the event and from any other."""

from __future__ import annotations

import numpy as np
import shapely

from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.study_design import Design, Mask, Surroundings


def control_places(
    xy: Floats, distance: Floats, level: Floats, around: Surroundings, design: Design
) -> Mask:
    """Return the places (n,) that the target may be compared with.

    `xy` (n, 2) and `distance` (n,) from the event are in metres, `level` (n,) is heads per visit.
    """
    far = (distance > design.reach_m) & (level >= design.control_heads)
    return np.asarray(far & ~_beside_other_events(xy, around, design))


def _beside_other_events(xy: Floats, around: Surroundings, design: Design) -> Mask:
    """Return the places next to another event of the window."""
    points = shapely.points(xy)
    close = np.zeros(len(xy), dtype=bool)
    for event in around.other_events:
        close |= shapely.distance(points, event) <= design.event_clearance_m
    return close
