"""Backup rotation: keep the newest ones, as many as the settings say."""

from __future__ import annotations

from pathlib import Path

ENDING = ".geosites"
"""How the names of backups end."""


def beyond_count(folder: Path, count: int) -> list[Path]:
    """Return the backups of the job that are more than `count` of them newer; others' stay."""
    ours = sorted(folder.glob(f"[0-9]*T[0-9]*Z{ENDING}"))
    return ours[:-count]
