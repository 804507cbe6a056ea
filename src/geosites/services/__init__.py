"""The questions people ask: read, analyse, return. Shared by pages, API and command line.

Each question is read from its module when it is first asked for: the command line asks one of
them, and must not wait for what the others need. Some questions have the name of their module;
`studies.closure` is always the question.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geosites.services import events
    from geosites.services.alarm import WeekAlarm, alarms
    from geosites.services.bandwidth import bandwidth
    from geosites.services.closure import ClosureAnswer, board, closure, closures
    from geosites.services.dashboard import Home, home, reading_time
    from geosites.services.detection import CrewDetection, detection
    from geosites.services.displacement import DisplacementStudy, displacement
    from geosites.services.history import SiteHistory, histories, history
    from geosites.services.hotspots import WeekHotspots, hotspots, latest_week, weeks_recorded
    from geosites.services.published_counts import CountBeside, published
    from geosites.services.round_plan import RoundPlan, round_plan
    from geosites.services.rounds import RoundSheet, rounds
    from geosites.services.territory import (
        TerritoryStory,
        TerritoryWeeks,
        territory,
        territory_weeks,
    )

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
    "ClosureAnswer": "closure",
    "CountBeside": "published_counts",
    "CrewDetection": "detection",
    "DisplacementStudy": "displacement",
    "Home": "dashboard",
    "RoundPlan": "round_plan",
    "RoundSheet": "rounds",
    "SiteHistory": "history",
    "TerritoryStory": "territory",
    "TerritoryWeeks": "territory",
    "WeekAlarm": "alarm",
    "WeekHotspots": "hotspots",
    "alarms": "alarm",
    "bandwidth": "bandwidth",
    "board": "closure",
    "closure": "closure",
    "closures": "closure",
    "detection": "detection",
    "displacement": "displacement",
    "histories": "history",
    "history": "history",
    "home": "dashboard",
    "hotspots": "hotspots",
    "latest_week": "hotspots",
    "published": "published_counts",
    "reading_time": "dashboard",
    "round_plan": "round_plan",
    "rounds": "rounds",
    "territory": "territory",
    "territory_weeks": "territory",
    "weeks_recorded": "hotspots",
}
"""The module of each question and result."""


if not TYPE_CHECKING:  # else every name would be right to a type checker

    def __getattr__(name: str) -> object:
        if name == "events":
            return import_module(f"{__name__}.events")
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def read_all() -> None:
    """Read every question now: a service must not make its first reader wait for it."""
    for name in __all__:
        getattr(sys.modules[__name__], name)


class _Studies(ModuleType):
    """A package in which an imported module does not hide the question of its name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _MODULES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Studies
