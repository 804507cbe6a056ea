"""Reports as they come in, and the one set of rules that makes records of them.

A single object of the API (`SightingIn` and its like) and whole columns of a file (`read`) go
through the same rules, so that they get the same verdict.
"""

from __future__ import annotations

from geosites.validation.closure_schemas import (
    ExtensionIn,
    LiftingIn,
    RestorationIn,
    WithdrawalIn,
)
from geosites.validation.columns import SHOWN, Block
from geosites.validation.coordinates import WatchedTerritories
from geosites.validation.file_columns import COLUMNS, ColumnPlan, FileKind
from geosites.validation.parse import ParsedBlock, read
from geosites.validation.report_context import Context
from geosites.validation.schemas import ClosureIn, OperationIn, SightingIn

__all__ = [
    "COLUMNS",
    "SHOWN",
    "Block",
    "ClosureIn",
    "ColumnPlan",
    "Context",
    "ExtensionIn",
    "FileKind",
    "LiftingIn",
    "OperationIn",
    "ParsedBlock",
    "RestorationIn",
    "SightingIn",
    "WatchedTerritories",
    "WithdrawalIn",
    "read",
]
