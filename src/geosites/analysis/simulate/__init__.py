"""Scenes with known truth, which the methods are judged on.

A `Scene` holds the true mean heads at each place in each week. `move` and `scale` change it and
keep account, `visits` says what patrols would have seen, `standing` and `flows` tell the truth.
`null_week` and `planted_week` are for hotspots, `site_log` is for closures. Chance comes from the
generator that is passed in: the same seed gives the same world.
"""

from geosites.analysis.simulate.patrols import (
    Visits,
    counts,
    follow_heads,
    observe,
    shift_effort,
    uneven_effort,
    visits,
)
from geosites.analysis.simulate.planted import PlantedWeek, null_week, planted_week
from geosites.analysis.simulate.scene import (
    GONE,
    Move,
    Scene,
    effect,
    flows,
    move,
    random_places,
    scale,
    scatter,
    scene,
    standing,
)
from geosites.analysis.simulate.site_log import SiteLog, site_log

__all__ = [
    "GONE",
    "Move",
    "PlantedWeek",
    "Scene",
    "SiteLog",
    "Visits",
    "counts",
    "effect",
    "flows",
    "follow_heads",
    "move",
    "null_week",
    "observe",
    "planted_week",
    "random_places",
    "scale",
    "scatter",
    "scene",
    "shift_effort",
    "site_log",
    "standing",
    "uneven_effort",
    "visits",
]
