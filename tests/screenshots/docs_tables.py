"""Tables of the documentation, read again, so that a chart shows what its page says."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NUMBER = re.compile(r"[+-]?\d*\.?\d+")
_SIMPLE = re.compile(r"[*`]+")

Rows = list[list[str]]


def table(page: str, heading: str) -> Rows:
    """Return the rows below the row of headings that begins so; raises if there is none.

    Marks of bold and code are left out of the cells.
    """
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {heading}"))
    rows: Rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([_SIMPLE.sub("", cell).strip() for cell in line.strip("|").split("|")])
    if not rows:
        raise LookupError(f"{page}: no row below {heading!r}")
    return rows


def numbers(cell: str) -> list[float]:
    """Return the numbers of a cell, such as `.70 → .90 (230)`."""
    return [float(found) for found in _NUMBER.findall(cell.replace(",", ""))]


def number(cell: str) -> float | None:
    """Return the first number of a cell, or None where it has none."""
    found = numbers(cell)
    return found[0] if found else None
