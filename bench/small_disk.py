"""A disk of its own, small enough to be filled. Root alone can have one, and not everywhere."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TRIAL = ("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt")
CAN_MOUNT = (
    os.geteuid() == 0
    and Path("/usr/bin/unshare").exists()
    and subprocess.run(_TRIAL, capture_output=True, check=False).returncode == 0
)


@contextmanager
def small_disk(size_mb: int = 400) -> Iterator[Path]:
    """Yield the folder of an empty disk; it is gone afterwards with all that is on it."""
    disk = Path(tempfile.mkdtemp(prefix="geosites-disk-"))
    disk.chmod(0o755)
    options = f"size={size_mb}m,mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        disk.rmdir()
