"""The questions people ask: read, analyse, return. Shared by pages, API and command line."""

from geosites.studies import events
from geosites.studies.alarm import WeekAlarm, alarms
from geosites.studies.bandwidth import bandwidth
from geosites.studies.closure import ClosureAnswer, closure, closures
from geosites.studies.displacement import DisplacementStudy, displacement
from geosites.studies.home import Home, home, reading_time
from geosites.studies.hotspots import WeekHotspots, hotspots, latest_week

__all__ = [
    "ClosureAnswer",
    "DisplacementStudy",
    "Home",
    "WeekAlarm",
    "WeekHotspots",
    "alarms",
    "bandwidth",
    "closure",
    "closures",
    "displacement",
    "events",
    "home",
    "hotspots",
    "latest_week",
    "reading_time",
]
