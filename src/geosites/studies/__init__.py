"""The questions people ask: read, analyse, return. Shared by pages, API and command line."""

from geosites.studies import events
from geosites.studies.closure import ClosureAnswer, closure, closures
from geosites.studies.displacement import DisplacementStudy, displacement

__all__ = [
    "ClosureAnswer",
    "DisplacementStudy",
    "closure",
    "closures",
    "displacement",
    "events",
]
