"""Free space on the disks that the service writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LEAST_SHARE = 0.05
"""Minimum share of free space on a small disk."""


@dataclass(frozen=True)
class Room:
    """What a folder's disk holds, and has free for those who are not root, in bytes."""

    size: int
    free: int

    def short(self, least: int) -> bool:
        """Return whether less is free than `least` bytes, or than its share of a small disk."""
        return self.free < min(least, LEAST_SHARE * self.size)


def room(folder: Path) -> Room:
    """Return the space on the disk of a folder, or of the one in which it would be created."""
    there = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    usage = shutil.disk_usage(there)
    return Room(usage.total, usage.free)


def rooms(folders: Mapping[str, Path]) -> Iterator[tuple[str, Room]]:
    """Yield the space of each accessible folder, by its name."""
    for name, folder in folders.items():
        try:
            yield name, room(folder)
        except OSError:
            continue
