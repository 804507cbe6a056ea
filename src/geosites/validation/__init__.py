"""Validation of incoming reports by one set of rules.

A single object of the API (`SightingIn` and similar) and whole columns of a file (`read`) go
through the same rules, so that they get the same result.
"""

from __future__ import annotations

from geosites.validation.api_schemas.closure_schemas import (
    ExtensionIn,
    LiftingIn,
    RestorationIn,
    WithdrawalIn,
)
from geosites.validation.api_schemas.schemas import ClosureIn, OperationIn, SightingIn
from geosites.validation.positions.coordinates import WatchedTerritories
from geosites.validation.records.parse import ParsedBlock, read
from geosites.validation.records.report_context import Context
from geosites.validation.table_columns.file_columns import COLUMNS, ColumnPlan, FileKind
from geosites.validation.table_columns.text_columns import SHOWN, Block

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
