"""Append-only line files outside the database."""

from __future__ import annotations

import os
from pathlib import Path

from geosites.core.errors import Refused, os_reason


def read_lines(file: Path) -> list[str]:
    """Return the lines of a file that hold something; none where there is no file."""
    if not file.exists():
        return []
    return [line for line in file.read_text().splitlines() if line.strip()]


def append_line(file: Path, line: str) -> None:
    """Add a line to a file, and return once it is on disk; raises `Refused` if it cannot."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as lines:
            lines.write(f"{line}\n")
            lines.flush()
            os.fsync(lines.fileno())
    except OSError as error:
        raise Refused(
            "%(file)s cannot be written: %(reason)s", file=file, reason=os_reason(error)
        ) from error
