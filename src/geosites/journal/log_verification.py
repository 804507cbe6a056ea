"""Verify the Merkle log: it is intact, and contains what the journal contains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from geosites.core.errors import Refused, phrase
from geosites.db import journal_entries
from geosites.journal import merkle
from geosites.journal.chain import Fault
from geosites.journal.log import JournalLog
from geosites.journal.log_growth import Growth, LogIndex
from geosites.journal.signed_notes import LogCheckpoint, parse_checkpoint
from geosites.journal.tiles import Tiles


def read_checkpoints(text: str) -> list[LogCheckpoint]:
    """Return the checkpoints of a text: one as it was signed, or the one in a proof.

    Raises `Refused` where it holds none.
    """
    note = text.partition("\n\n")[2] if text.startswith("c2sp.org/tlog-proof@") else text
    return [parse_checkpoint(note)]


def judge_log(
    conn: sa.Connection, log: JournalLog, outside: Iterable[LogCheckpoint] = ()
) -> Iterator[Fault]:
    """Yield errors of the log, compared with the journal and checkpoints stored elsewhere.

    The transaction must have a stable snapshot. A log that does not exist yet has no errors, unless
    a checkpoint refers to it.
    """
    if not log.exists:
        if log.checkpoint() is not None or any(True for _ in outside):
            yield _fault(phrase("the log is gone, and a checkpoint of it is not"))
        return
    try:
        growth, signed = log.growth(), log.checkpoint()
        yield from _roots(log, growth)
        yield from _signed(log, growth, signed)
        yield from _met(log, growth, outside)
        yield from _entries(conn, log, growth)
    except Refused as error:
        yield _fault(error.message)


def _fault(what: str) -> Fault:
    return Fault(chain=None, seq=None, what=what)


def _roots(log: JournalLog, growth: Sequence[Growth]) -> Iterator[Fault]:
    tiles = Tiles(log.folder, growth[-1].size)
    for before, known in zip((growth[0], *growth), growth, strict=False):
        if known.size < before.size or merkle.root(tiles, known.size) != known.root:
            yield _fault(phrase("the log was rewritten before its leaf %(size)s", size=known.size))
            return


def _signed(
    log: JournalLog, growth: Sequence[Growth], signed: LogCheckpoint | None
) -> Iterator[Fault]:
    if signed is None:
        yield _fault(phrase("the log has no signed checkpoint"))
    elif not signed.signed_by(log.key.verifier):
        yield _fault(phrase("the checkpoint of the log is not signed by its key"))
    elif (signed.size, signed.root) not in {(known.size, known.root) for known in growth}:
        yield _fault(phrase("the checkpoint of the log is not the root of its tiles"))


def _met(
    log: JournalLog, growth: Sequence[Growth], outside: Iterable[LogCheckpoint]
) -> Iterator[Fault]:
    tiles = Tiles(log.folder, growth[-1].size)
    for known in outside:
        if known.origin != log.key.name:
            yield _fault(phrase("a checkpoint is of another log: %(name)s", name=known.origin))
        elif known.size > growth[-1].size:
            what = phrase(
                "a checkpoint knows %(known)s leaves, and the log has %(size)s",
                known=known.size,
                size=growth[-1].size,
            )
            yield _fault(what)
        elif merkle.root(tiles, known.size) != known.root:
            yield _fault(phrase("the log was rewritten before its leaf %(size)s", size=known.size))


def _entries(conn: sa.Connection, log: JournalLog, growth: Sequence[Growth]) -> Iterator[Fault]:
    places, tiles = LogIndex.of(growth), Tiles(log.folder, growth[-1].size)
    secret = log.secret
    for entry in journal_entries.chains(conn):
        index = places.index_of(entry.chain, entry.seq)
        if index is not None and merkle.leaf_hash(log.leaf(entry, secret)) != tiles.leaf(index):
            what = phrase("the log holds another entry in this place")
            yield Fault(chain=entry.chain, seq=entry.seq, what=what)
    for mark in journal_entries.heads(conn):
        if mark.seq < (known := growth[-1].numbers[mark.chain]):
            what = phrase("the log knows entry %(entry)s, which is not there", entry=known)
            yield Fault(chain=mark.chain, seq=mark.seq + 1, what=what)
