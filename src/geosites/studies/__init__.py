"""The questions people ask: read, analyse, return. Shared by pages, API and command line."""

from geosites.studies import events
from geosites.studies.alarm import WeekAlarm, alarms
from geosites.studies.bandwidth import bandwidth
from geosites.studies.closure import ClosureAnswer, board, closure, closures
from geosites.studies.displacement import DisplacementStudy, displacement
from geosites.studies.history import SiteHistory, histories, history
from geosites.studies.home import Home, home, reading_time
from geosites.studies.hotspots import WeekHotspots, hotspots, latest_week, weeks_recorded
from geosites.studies.published import CountBeside, published
from geosites.studies.rounds import RoundSheet, rounds
from geosites.studies.territory import (
    TerritoryStory,
    TerritoryWeeks,
    territory,
    territory_weeks,
)

__all__ = [
    "ClosureAnswer",
    "CountBeside",
    "DisplacementStudy",
    "Home",
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
    "displacement",
    "events",
    "histories",
    "history",
    "home",
    "hotspots",
    "latest_week",
    "published",
    "reading_time",
    "rounds",
    "territory",
    "territory_weeks",
    "weeks_recorded",
]
