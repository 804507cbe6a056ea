"""Reports as they come in, and the one set of rules that makes records of them.

A single object of the API (`SightingIn` and its like) and whole columns of a file (`read`) go
through the same rules, so that they get the same verdict.
"""

from __future__ import annotations

from geosites.reports.acts import ExtensionIn, LiftingIn
from geosites.reports.blocks import SHOWN, Block
from geosites.reports.context import Context
from geosites.reports.doors import ClosureIn, OperationIn, SightingIn
from geosites.reports.kinds import COLUMNS, ColumnPlan, FileKind
from geosites.reports.places import Ground
from geosites.reports.reading import Reading, read

__all__ = [
    "COLUMNS",
    "SHOWN",
    "Block",
    "ClosureIn",
    "ColumnPlan",
    "Context",
    "ExtensionIn",
    "FileKind",
    "Ground",
    "LiftingIn",
    "OperationIn",
    "Reading",
    "SightingIn",
    "read",
]
