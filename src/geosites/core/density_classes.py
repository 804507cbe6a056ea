"""Density classes of the map: set by policy of the service, the same every week."""

from __future__ import annotations

import itertools
import math

from geosites.core.errors import Refused

CLASSES = 5
DENSITY_CLASSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Lower bounds in people per hectare, so that any two weeks are visually comparable.

In the exercise the peak of a week is between 2 and 7.5 people per hectare, and 3 to 5 % of Paris
reach the lowest class.
"""


def checked(bounds: tuple[float, ...]) -> tuple[float, ...]:
    """Return five lower bounds above 0 that rise; raise `Refused` for anything else."""
    sound = all(math.isfinite(bound) and bound > 0 for bound in bounds)
    rising = all(low < high for low, high in itertools.pairwise(bounds))
    if not (len(bounds) == CLASSES and sound and rising):
        raise Refused("density classes: give five bounds above 0, each greater than the one before")
    return bounds
