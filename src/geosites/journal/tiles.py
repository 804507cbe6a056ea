"""Hash tiles of a Merkle tree as files (https://c2sp.org/tlog-tiles).

A tile has up to 256 hashes of one level; each hash of the next level is the root of a full tile.
Files are written atomically, and a full tile never changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from geosites.core.errors import Refused
from geosites.journal.merkle import node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32
_PATH = re.compile(r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$")


def index_path(index: int, width: int = WIDTH) -> str:
    """Return how a tile is called within its level: `x001/x234/067`, `.p/3` behind partial ones."""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts) + ("" if width == WIDTH else f".p/{width}")


def parse_index(path: str) -> tuple[int, int] | None:
    """Return the index and the width in a path, or None for another path."""
    if not _PATH.match(path):
        return None
    digits, _, partial = path.partition(".p/")
    index = int(digits.replace("x", "").replace("/", ""))
    width = int(partial) if partial else WIDTH
    whole = index_path(index, width)
    return (index, width) if whole == path and (not partial or width < WIDTH) else None


class Tiles:
    """The tiles of one tree of `size` leaves in a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._kept = lru_cache(maxsize=64)(self._read)

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree; raises `Refused` where a file is missing."""
        level, rest = divmod(height, HEIGHT)
        first = index << rest
        tile = self._kept(level, first // WIDTH)
        start = first % WIDTH * HASH
        part = tile[start : start + (HASH << rest)]
        if len(part) != HASH << rest:
            raise Refused(
                "a tile of the log is damaged: %(name)s", name=f"{level}/{first // WIDTH}"
            )
        return _folded(part)

    def first_of(self, level: int, index: int, width: int) -> bytes:
        """Return the first hashes of a tile."""
        return self._kept(level, index)[: width * HASH]

    def leaf(self, index: int) -> bytes:
        """Return the hash of one leaf."""
        return self.node(0, index)

    def extended(self, leaves: Sequence[bytes]) -> Tiles:
        """Write what more leaves bring, and return the larger tree; nothing is signed here."""
        size, hashes, level = self.size, list(leaves), 0
        while hashes:
            hashes = self._extend(level, size >> HEIGHT * level, hashes)
            level += 1
        return Tiles(self.folder, size + len(leaves))

    def _extend(self, level: int, before: int, hashes: list[bytes]) -> list[bytes]:
        """Write hashes behind the first ones of a level; return the roots of tiles now full."""
        index, filled = divmod(before, WIDTH)
        rows = self._kept(level, index)[: filled * HASH] if filled else b""
        rows += b"".join(hashes)
        roots = []
        for start in range(0, len(rows), WIDTH * HASH):
            tile = rows[start : start + WIDTH * HASH]
            self._write(level, index, tile)
            if len(tile) == WIDTH * HASH:
                roots.append(_folded(tile))
            index += 1
        return roots

    def _file(self, level: int, index: int, width: int) -> Path:
        return self.folder / "tile" / str(level) / index_path(index, width)

    def _read(self, level: int, index: int) -> bytes:
        held = (self.size >> HEIGHT * level) - index * WIDTH
        for width in (min(max(held, 1), WIDTH), WIDTH):  # it may have filled up since
            with suppress(OSError):
                return self._file(level, index, width).read_bytes()
        name = f"{level}/{index_path(index)}"
        raise Refused("a tile of the log is missing: %(name)s", name=name)

    def _write(self, level: int, index: int, tile: bytes) -> None:
        width = len(tile) // HASH
        file = self._file(level, index, width)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, tile)
        if width == WIDTH:
            partial = file.with_name(f"{file.name}.p")
            for old in partial.glob("*"):
                old.unlink()
            if partial.is_dir():
                partial.rmdir()


def write_whole(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file atomically, with its content synced to disk."""
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def _folded(row: bytes) -> bytes:
    """Return the root of a whole power of two of hashes."""
    hashes = [row[start : start + HASH] for start in range(0, len(row), HASH)]
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]
