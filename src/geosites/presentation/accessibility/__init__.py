"""Accessibility statement: conformance with the 106 criteria of RGAA 4.1, and why."""

from geosites.presentation.accessibility.criterion import Criterion, Outcome
from geosites.presentation.accessibility.declaration import (
    CRITERIA,
    AccessibilityDeclaration,
    declaration,
    state,
)

__all__ = ["CRITERIA", "AccessibilityDeclaration", "Criterion", "Outcome", "declaration", "state"]
