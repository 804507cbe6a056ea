"""Simulated scenes with known truth, on which the methods are evaluated.

A `Scene` has the true mean number of people at each place in each week. `move` and `scale` change
it and record the change, `visits` returns what patrols would have seen, `standing` and `flows`
return the truth. `world` generates a whole city around one event from a `Plan` of options, and
`SCENES` names such plans; `visit_changes` has changes to visits before they are read (`crews`,
`without_zeros`, ...). `null_week`, `planted_week` and the weeks of several crews are for hotspots,
`site_log` is for closures. Randomness comes from the generator that is passed in: the same seed
gives the same world.
"""

from geosites.simulation.city import EVENT_WEEK, City
from geosites.simulation.crews import CrewWeek, rounds_week, shifts_week
from geosites.simulation.patrols import (
    SimulatedVisits,
    counts,
    follow_heads,
    observe,
    shift_effort,
    uneven_effort,
    visits,
)
from geosites.simulation.plan import (
    MOVED,
    NIGHT_HEAVY,
    Counting,
    Effort,
    Happening,
    Patrols,
    Plan,
    SimulatedEvent,
    Turn,
    Unreported,
)
from geosites.simulation.planted_weeks import PlantedWeek, null_week, planted_week
from geosites.simulation.scene import (
    GONE,
    Move,
    Scene,
    add_place,
    effect,
    flows,
    move,
    random_places,
    scale,
    scatter,
    scene,
    season,
    standing,
    step,
    trend,
)
from geosites.simulation.scene_kinds import SCENES, Habit, SceneKind, clean, varied
from geosites.simulation.site_log import Rhythm, SiteLog, site_log
from geosites.simulation.visit_changes import (
    crews,
    doubled,
    joined,
    scattered,
    timed,
    with_outliers,
    with_units,
    without_zeros,
)
from geosites.simulation.world import World
from geosites.simulation.world_visits import world

__all__ = [
    "EVENT_WEEK",
    "GONE",
    "MOVED",
    "NIGHT_HEAVY",
    "SCENES",
    "City",
    "Counting",
    "CrewWeek",
    "Effort",
    "Habit",
    "Happening",
    "Move",
    "Patrols",
    "Plan",
    "PlantedWeek",
    "Rhythm",
    "Scene",
    "SceneKind",
    "SimulatedEvent",
    "SimulatedVisits",
    "SiteLog",
    "Turn",
    "Unreported",
    "World",
    "add_place",
    "clean",
    "counts",
    "crews",
    "doubled",
    "effect",
    "flows",
    "follow_heads",
    "joined",
    "move",
    "null_week",
    "observe",
    "planted_week",
    "random_places",
    "rounds_week",
    "scale",
    "scatter",
    "scattered",
    "scene",
    "season",
    "shift_effort",
    "shifts_week",
    "site_log",
    "standing",
    "step",
    "timed",
    "trend",
    "uneven_effort",
    "varied",
    "visits",
    "with_outliers",
    "with_units",
    "without_zeros",
    "world",
]
