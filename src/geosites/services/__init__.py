"""Queries shared by pages, API and command line: read, analyse, return typed results.

Each query's module is imported when it is first used: the command line runs one query and must not
wait for what the others need.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geosites.services.closure_status.closure import ClosureAnswer, board, closure, closures
    from geosites.services.closure_status.crew_detection import CrewDetection, detection
    from geosites.services.closure_status.history import SiteHistory, histories, history
    from geosites.services.displacement_studies import events
    from geosites.services.displacement_studies.displacement import DisplacementStudy, displacement
    from geosites.services.patrols.round_plan import RoundPlan, round_plan
    from geosites.services.patrols.rounds import RoundSheet, rounds
    from geosites.services.territories.published_counts import CountBeside, published
    from geosites.services.territories.territory import (
        TerritoryStory,
        TerritoryWeeks,
        territory,
        territory_weeks,
    )
    from geosites.services.weekly.alarm import WeekAlarm, alarms
    from geosites.services.weekly.bandwidth import bandwidth
    from geosites.services.weekly.dashboard import Home, home, reading_time
    from geosites.services.weekly.hotspots import WeekHotspots, hotspots
    from geosites.services.weekly.recorded_weeks import latest_week, weeks_recorded

__all__ = [
    "ClosureAnswer",
    "CountBeside",
    "CrewDetection",
    "DisplacementStudy",
    "Home",
    "RoundPlan",
    "RoundSheet",
    "SiteHistory",
    "TerritoryStory",
    "TerritoryWeeks",
    "WeekAlarm",
    "WeekHotspots",
    "alarms",
    "bandwidth",
    "board",
    "closure",
    "closures",
    "detection",
    "displacement",
    "events",
    "histories",
    "history",
    "home",
    "hotspots",
    "latest_week",
    "published",
    "reading_time",
    "round_plan",
    "rounds",
    "territory",
    "territory_weeks",
    "weeks_recorded",
]

_MODULES = {
    "ClosureAnswer": "closure_status.closure",
    "CountBeside": "territories.published_counts",
    "CrewDetection": "closure_status.crew_detection",
    "DisplacementStudy": "displacement_studies.displacement",
    "Home": "weekly.dashboard",
    "RoundPlan": "patrols.round_plan",
    "RoundSheet": "patrols.rounds",
    "SiteHistory": "closure_status.history",
    "TerritoryStory": "territories.territory",
    "TerritoryWeeks": "territories.territory",
    "WeekAlarm": "weekly.alarm",
    "WeekHotspots": "weekly.hotspots",
    "alarms": "weekly.alarm",
    "bandwidth": "weekly.bandwidth",
    "board": "closure_status.closure",
    "closure": "closure_status.closure",
    "closures": "closure_status.closure",
    "detection": "closure_status.crew_detection",
    "displacement": "displacement_studies.displacement",
    "histories": "closure_status.history",
    "history": "closure_status.history",
    "home": "weekly.dashboard",
    "hotspots": "weekly.hotspots",
    "latest_week": "weekly.recorded_weeks",
    "published": "territories.published_counts",
    "reading_time": "weekly.dashboard",
    "round_plan": "patrols.round_plan",
    "rounds": "patrols.rounds",
    "territory": "territories.territory",
    "territory_weeks": "territories.territory",
    "weeks_recorded": "weekly.recorded_weeks",
}
"""The module of each question and result."""


if not TYPE_CHECKING:  # else every name would be right to a type checker

    def __getattr__(name: str) -> object:
        if name == "events":
            return import_module(f"{__name__}.displacement_studies.events")
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def read_all() -> None:
    """Read every question now: a service must not make its first reader wait for it."""
    for name in __all__:
        getattr(sys.modules[__name__], name)
