"""The questions people ask: read, analyse, return. Shared by pages, API and command line."""

from geosites.studies.closure import ClosureAnswer, closure, closures

__all__ = ["ClosureAnswer", "closure", "closures"]
