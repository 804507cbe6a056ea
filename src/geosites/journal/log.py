"""The journal as a Merkle tree log beside the database (https://c2sp.org/tlog-tiles).

The folder contains the tiles, the signing key, the signed checkpoint, and one line for each time
the log grew: its size, its root, and how far each chain of the journal has been added. New entries
are added by chain and number after their transactions, so that no report waits for the log.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from geosites.core.errors import NotFound, Refused, os_reason
from geosites.db import journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.postgres.connection import Store
from geosites.db.schema.journal import CHAINS
from geosites.journal import merkle
from geosites.journal.log_entries import leaf_of
from geosites.journal.log_growth import Growth, LogIndex
from geosites.journal.signed_notes import (
    LOG,
    LogCheckpoint,
    SigningKey,
    checkpoint_text,
    encode,
    parse_checkpoint,
    with_signatures,
)
from geosites.journal.tiles import HEIGHT, WIDTH, Tiles, write_whole

AT_A_TIME = 256
"""Entries of each chain that are added in one step."""
MOST_PROOF = 2_000
"""Bytes of a proof. Cosignatures beyond are left out of it."""


class JournalLog:
    """The log in a folder. Several processes may extend it; one does so at a time."""

    def __init__(self, folder: Path, origin: str | None = None) -> None:
        """Name the log by `origin` where it is new; a name of its own is made up without one."""
        self.folder, self._origin = folder, origin

    @property
    def exists(self) -> bool:
        """Return whether the log was begun."""
        return self._sizes.is_file()

    @property
    def key(self) -> SigningKey:
        """The log's signing key, created on first use."""
        return kept_key(self.folder / "log.key", LOG, self._origin or made_up("journal/log"))

    @property
    def _sizes(self) -> Path:
        return self.folder / "sizes"

    def growth(self) -> list[Growth]:
        """Return how the log grew, from its first line on; none where it was not begun."""
        try:
            return [Growth.parse(line) for line in self._sizes.read_text().splitlines()]
        except FileNotFoundError:
            return []

    def tiles(self, size: int) -> Tiles:
        """Return the tree as it was at a size."""
        return Tiles(self.folder, size)

    def checkpoint(self) -> LogCheckpoint | None:
        """Return the last signed checkpoint with its cosignatures, or None before the first."""
        try:
            return parse_checkpoint((self.folder / "checkpoint").read_text())
        except FileNotFoundError:
            return None

    def extend(self, store: Store) -> LogCheckpoint:
        """Take in what the journal has gained, and return the signed checkpoint.

        Raises `Refused` where entries that the log holds are not in the journal any more, or the
        folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                while self._step(store):
                    pass
                return self._signed()
        except OSError as error:
            raise Refused(
                "%(file)s cannot be written: %(reason)s", file=self.folder, reason=os_reason(error)
            ) from error

    @property
    def secret(self) -> bytes:
        """The secret from which the salts of the leaves are derived."""
        return hmac.digest(self.key.seed, b"geosites journal salts", "sha256")

    def leaf(self, entry: Entry, secret: bytes | None = None) -> bytes:
        """Return the leaf of an entry; `secret` spares reading it again for each of many."""
        return leaf_of(entry, secret or self.secret)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """Return the hashes of a tile, or None where the signed tree has none of that width."""
        signed = self.checkpoint()
        held = ((signed.size if signed else 0) >> HEIGHT * level) - index * WIDTH
        if held < width:
            return None
        return self.tiles(signed.size if signed else 0).first_of(level, index, width)

    def entries_at(self, start: int, count: int) -> list[tuple[int, int]]:
        """Return which entries some leaves are; raises `NotFound` beyond the signed tree."""
        signed = self.checkpoint()
        if signed is None or start + count > signed.size:
            raise NotFound("tile", str(start))
        return LogIndex.of(self.growth()).entries_at(start, count)

    def index_of(self, chain: int, seq: int) -> int | None:
        """Return the leaf of an entry, or None where the log does not hold it."""
        return LogIndex.of(self.growth()).index_of(chain, seq)

    def prove(self, entry: Entry) -> str:
        """Return the proof that an entry is in the log, in the form of c2sp.org/tlog-proof.

        Raises `NotFound` where the log does not hold it, `Refused` where it holds another there.
        """
        signed, index = self.checkpoint(), self.index_of(entry.chain, entry.seq)
        if signed is None or index is None or index >= signed.size:
            raise NotFound("entry of the log", f"{entry.chain}:{entry.seq}")
        leaf, tiles = self.leaf(entry), self.tiles(signed.size)
        if merkle.leaf_hash(leaf) != tiles.leaf(index):
            raise Refused("the log holds another entry there: run audit verify")
        path = merkle.inclusion_proof(tiles, index, signed.size)
        lines = ["c2sp.org/tlog-proof@v1", f"extra {encode(leaf)}", f"index {index}"]
        head = "\n".join([*lines, *map(encode, path), "", ""])
        return head + _within(signed, MOST_PROOF - len(head.encode()))

    def cosigned(self, signed: LogCheckpoint, lines: Sequence[str]) -> None:
        """Store the cosignatures of a checkpoint, unless there is a newer checkpoint by now."""
        with self._alone():
            now = self.checkpoint()
            if now is not None and now.text == signed.text:
                known = [item.line for item in now.signatures]
                note = with_signatures(now.text, dict.fromkeys([*known, *lines])).note
                write_whole(self.folder / "checkpoint", note.encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _step(self, store: Store) -> bool:
        """Take in some entries of each chain; return whether there was anything to take in."""
        known = self.growth()
        with store.begin() as conn:
            ends = tuple(mark.seq for mark in journal_entries.heads(conn))
            erased = {mark.chain: mark.seq for mark in journal_entries.checkpoints(conn)}
            if not known or _behind(known[-1], erased):
                return self._skip(known, erased)
            last = known[-1]
            _require_all(last, ends)
            marks = list(zip(last.numbers, ends, strict=True))
            numbers = tuple(min(end, done + AT_A_TIME) for done, end in marks)
            found = _between(conn, last.numbers, numbers)
        if numbers == last.numbers:
            return False
        secret = self.secret
        hashes = [merkle.leaf_hash(self.leaf(entry, secret)) for entry in found]
        tiles = Tiles(self.folder, last.size).extended(hashes)
        self._grew(Growth(size=tiles.size, root=merkle.root(tiles, tiles.size), numbers=numbers))
        return True

    def _skip(self, known: list[Growth], erased: dict[int, int]) -> bool:
        """Begin the log, or pass over what retention erased before it was taken in."""
        last = known[-1].numbers if known else (0,) * CHAINS
        size, root = (known[-1].size, known[-1].root) if known else (0, merkle.EMPTY_ROOT)
        numbers = tuple(max(done, erased.get(chain, 0)) for chain, done in enumerate(last))
        self._grew(Growth(size=size, root=root, numbers=numbers))
        return True

    def _grew(self, now: Growth) -> None:
        lines = [*map(str, self.growth()), str(now), ""]
        write_whole(self._sizes, "\n".join(lines).encode())

    def _signed(self) -> LogCheckpoint:
        last, signed, key = self.growth()[-1], self.checkpoint(), self.key
        if signed is not None and signed.size > last.size:
            raise Refused("the log is shorter than its signed checkpoint: run audit verify")
        text = checkpoint_text(key.name, last.size, last.root)
        if signed is None or signed.text != text:
            signed = with_signatures(text, [key.sign(text)])
            write_whole(self.folder / "checkpoint", signed.note.encode())
        return signed


def kept_key(file: Path, kind: int, name: str) -> SigningKey:
    """Return the key in a file, created readable by its owner only if it is missing."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = SigningKey(name=name, kind=kind, seed=secrets.token_bytes(32))
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        write_whole(draft, f"{made.secret_text()}\n".encode(), 0o600)
        try:
            os.link(draft, file)  # the first of two that begin at once stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return SigningKey.parse(file.read_text())


def made_up(path: str) -> str:
    """Return a name for a key of a service that has no public address."""
    return f"geosites-{secrets.token_hex(6)}.invalid/{path}"


def _within(signed: LogCheckpoint, room: int) -> str:
    """Return a checkpoint with as many of its cosignatures as fit."""
    kept = list(signed.signatures)
    note = signed.note
    while len(note.encode()) > room and len(kept) > 1:
        kept.pop()
        note = with_signatures(signed.text, [item.line for item in kept]).note
    return note


def _behind(last: Growth, erased: dict[int, int]) -> bool:
    return any(last.numbers[chain] < seq for chain, seq in erased.items())


def _require_all(last: Growth, ends: tuple[int, ...]) -> None:
    for chain, (known, end) in enumerate(zip(last.numbers, ends, strict=True)):
        if end < known:
            raise Refused(
                "the log knows entry %(entry)s of chain %(chain)s, which is not in the journal",
                entry=known,
                chain=chain,
            )


def _between(conn: sa.Connection, after: Sequence[int], up_to: Sequence[int]) -> list[Entry]:
    """Return the entries behind some marks up to others; raises `Refused` where one is missing."""
    found = journal_entries.between(conn, after, up_to)
    if len(found) != sum(up_to) - sum(after):
        raise Refused("entries of the journal are missing: run audit verify")
    return found
