"""Backup rotation: keep the newest ones, as many as the settings say."""

from __future__ import annotations

from pathlib import Path

ENDING = ".geosites"
"""How the names of backups end."""


def beyond_count(folder: Path, count: int) -> list[Path]:
    """Return the oldest of the job's own backups beyond `count`; other files are ignored."""
    ours = sorted(folder.glob(f"[0-9]*T[0-9]*Z{ENDING}"))
    return ours[:-count]
