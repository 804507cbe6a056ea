"""Check the free space of the disks that the service writes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from geosites.core.errors import phrase
from geosites.ops import disk_space
from geosites.ops.checks.findings import CheckFinding, CheckName, failed, ok


def disks(folders: Mapping[str, Path], least_free: int) -> Iterator[CheckFinding]:
    """Yield the room on the disk of each folder; `least_free` in bytes."""
    for name, room in disk_space.rooms(folders):
        values = {"name": name, "free": room.free // 1_000_000}
        if room.short(least_free):
            text = phrase(
                "the disk of the folder %(name)s is nearly full: %(free)s MB are free", **values
            )
            yield failed(CheckName.DISK, text)
        else:
            text = phrase("the disk of the folder %(name)s has %(free)s MB free", **values)
            yield ok(CheckName.DISK, text)
