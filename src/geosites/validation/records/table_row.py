"""A row of a parsed table as Python objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
"""The columns of a record by name, of the types that reading gave them."""
