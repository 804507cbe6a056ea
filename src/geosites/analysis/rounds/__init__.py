"""Patrol planning: the visits that reduce uncertainty most within shift length and distance.

Nothing here forecasts how many people are present anywhere. Ground that nobody visited is never
ranked: its cells are sampled, each with a probability above 0 (`geosites.analysis.sampling`).
"""

from geosites.analysis.rounds.candidates import (
    DoubtAt,
    Stops,
    joined_doubt,
    stops,
    total_doubt,
)
from geosites.analysis.rounds.crew_shift import ShiftLimits
from geosites.analysis.rounds.expected_reduction import (
    closure_doubt,
    closure_reduction,
    mean_doubt,
    mean_reduction,
)
from geosites.analysis.rounds.people_present_total import PresentTotal, present_total
from geosites.analysis.rounds.sampling_frame import (
    CELL_M,
    GroundVisits,
    SamplingFrame,
    cells,
    frame,
)
from geosites.analysis.rounds.shift_plan import (
    Candidates,
    CrewRound,
    PlannedStop,
    ShiftPlan,
    chance_within,
    sample_list,
    shift_plan,
)
from geosites.analysis.rounds.team_orienteering import team_routes
from geosites.analysis.walking import DETOUR, Walking, crow_fly

__all__ = [
    "CELL_M",
    "DETOUR",
    "Candidates",
    "CrewRound",
    "DoubtAt",
    "GroundVisits",
    "PlannedStop",
    "PresentTotal",
    "SamplingFrame",
    "ShiftLimits",
    "ShiftPlan",
    "Stops",
    "Walking",
    "cells",
    "chance_within",
    "closure_doubt",
    "closure_reduction",
    "crow_fly",
    "frame",
    "joined_doubt",
    "mean_doubt",
    "mean_reduction",
    "present_total",
    "sample_list",
    "shift_plan",
    "stops",
    "team_routes",
    "total_doubt",
]
