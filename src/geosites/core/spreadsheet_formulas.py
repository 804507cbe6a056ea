"""Text that a spreadsheet would take for a formula is written after an apostrophe (OWASP)."""

from __future__ import annotations

FORMULA_STARTS = "=+-@\t\r"
"""How a text begins that a spreadsheet would take for a formula."""

_STARTS = r"'*[=+\-@\t\r]"

UNPROTECTED = rf"^({_STARTS})"
"""Matches a text that needs an apostrophe before it, or one more."""

PROTECTED = rf"^'({_STARTS})"
"""Matches a text that was given one."""
