"""Free space on the disks that the service writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LEAST_SHARE = 0.05
"""Of a small disk, less free space than this share is too little."""


@dataclass(frozen=True)
class Room:
    """What a folder's disk holds, and has free for those who are not root, in bytes."""

    size: int
    free: int

    def short(self, least: int) -> bool:
        """Return whether less is free than `least` bytes, or than its share of a small disk."""
        return self.free < min(least, LEAST_SHARE * self.size)


def room(folder: Path) -> Room:
    """Return the room on the disk of a folder, or of the one that it would be made in."""
    there = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    usage = shutil.disk_usage(there)
    return Room(usage.total, usage.free)


def rooms(folders: Mapping[str, Path]) -> Iterator[tuple[str, Room]]:
    """Yield the room of each folder that can be looked at, by its name."""
    for name, folder in folders.items():
        try:
            yield name, room(folder)
        except OSError:
            continue
