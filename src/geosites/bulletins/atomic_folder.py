"""A folder of files written atomically, with the digest of each."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

SUMS = "SHA256SUMS"
_UNFINISHED = ".unfinished-"


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace `folder` by exactly these files and their digests.

    They are written beside it and moved into place by a rename. A killed process leaves the old
    folder or none, and the next run removes unfinished files.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{_UNFINISHED}{folder.name}-*"):
        shutil.rmtree(left)
    prefix = f"{_UNFINISHED}{folder.name}-"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        (new / SUMS).write_bytes(sums(files))
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the digests of files as `sha256sum --check` reads them, by name."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def holds(folder: Path, name: str, content: bytes) -> bool:
    """Return whether a folder is whole by its digests, and holds this content under `name`."""
    if not (folder / SUMS).is_file():
        return False
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != SUMS}
    return files.get(name) == content and (folder / SUMS).read_bytes() == sums(files)
