"""The entries of the journal as they are read: by chain, by instant, and what fixes them all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.documents.service import JournalEntry, ManyReferences
from geosites.core.errors import NotFound
from geosites.db.schema import journal as schema
from geosites.db.schema.accounts import account
from geosites.db.schema.bulletins import bulletin
from geosites.db.schema.journal import JournalKind
from geosites.db.schema.sightings import sighting

ANCHOR_TAG = "geosites-journal-1"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the journal. `refs` is a JSON text; `hash` seals it and all before it."""

    chain: int
    seq: int
    at: dt.datetime
    kind: str
    actor: str
    role: str | None
    unit: str | None
    channel: str | None
    motive: str | None
    what: str
    refs: str
    recipient: str | None
    hash: bytes

    def document(self) -> JournalEntry:
        """Return the entry as JSON, its references as a list or as what a digest says of many."""
        return {
            "chain": self.chain,
            "seq": self.seq,
            "at": self.at,
            "kind": self.kind,
            "actor": self.actor,
            "role": self.role,
            "unit": self.unit,
            "channel": self.channel,
            "motive": self.motive,
            "what": self.what,
            "refs": self.references(),
            "recipient": self.recipient,
            "hash": self.hash.hex(),
        }

    def references(self) -> list[str] | ManyReferences:
        """Return the references that are there; a column without a value names nothing."""
        told: list[str | None] | ManyReferences = json.loads(self.refs)
        if not isinstance(told, list):
            return told
        return [name for name in told if name is not None]


@dataclass(frozen=True, kw_only=True)
class ChainMark:
    """An entry of a chain that is known by its number and its hash alone."""

    chain: int
    seq: int
    hash: bytes

    @property
    def attested(self) -> str:
        """How the entry about an erasure names the last entry that was erased of a chain."""
        return f"{self.chain}:{self.seq}:{self.hash.hex()}"


def anchor(conn: sa.Connection) -> str:
    """Return one printable line that fixes the whole journal as it stands.

    Whoever holds the line can later tell whether an entry up to now was changed or taken away:
    an instant, the number of the last entry of each chain, and a digest over all heads.
    """
    result = heads(conn)
    now = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return anchor_of(now, result)


def anchor_of(instant: dt.datetime, marks: Sequence[ChainMark]) -> str:
    """Return the anchor line over one mark a chain, in the order of the chains."""
    numbers = "-".join(str(mark.seq) for mark in marks)
    when = instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = f"{ANCHOR_TAG} {when} {numbers}"
    digest = hashlib.sha256(message.encode() + b"".join(mark.hash for mark in marks))
    return f"{message} {digest.hexdigest()}"


def hold_still(conn: sa.Connection) -> None:
    """See one state of the database throughout a transaction; it must have asked nothing yet."""
    conn.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def heads(conn: sa.Connection) -> list[ChainMark]:
    """Return where each chain ends, by chain."""
    return _marks(conn, sa.select(schema.head).order_by(schema.head.c.chain))


def checkpoints(conn: sa.Connection) -> list[ChainMark]:
    """Return the last entries that retention erased, by chain and number."""
    table = schema.checkpoint.c
    columns = sa.select(table.chain, table.seq, table.hash)
    return _marks(conn, columns.order_by(table.chain, table.seq))


def chains(conn: sa.Connection) -> Iterator[Entry]:
    """Yield every entry, by chain and number, without holding them all."""
    table = schema.entry
    statement = sa.select(table).order_by(table.c.chain, table.c.seq)
    for row in conn.execute(statement, execution_options={"yield_per": 5_000}):
        yield Entry(**row._mapping)


def between(conn: sa.Connection, after: Sequence[int], up_to: Sequence[int]) -> list[Entry]:
    """Return the entries of each chain behind one number up to another, by chain and number."""
    result = list[Entry]()
    for chain, (first, last) in enumerate(zip(after, up_to, strict=True)):
        if first < last:
            table = schema.entry
            here = sa.and_(table.c.chain == chain, table.c.seq.between(first + 1, last))
            rows = conn.execute(sa.select(table).where(here).order_by(table.c.seq))
            result += [Entry(**row._mapping) for row in rows]
    return result


def get(conn: sa.Connection, chain: int, seq: int) -> Entry:
    """Return one entry; raises `NotFound`."""
    (first, last), result = (max(0, seq) - 1, seq), list[Entry]()
    if 0 <= chain < schema.CHAINS and 0 < seq < 1 << 63:
        after, up_to = [0] * schema.CHAINS, [0] * schema.CHAINS
        after[chain], up_to[chain] = first, last
        result = between(conn, after, up_to)
    if not result:
        raise NotFound("journal entry", f"{chain}:{seq}")
    return result[0]


def is_used(conn: sa.Connection) -> bool:
    """Return whether anything is recorded that cannot have come in without an entry."""
    known = sa.select(sa.or_(*(sa.exists().select_from(table) for table in (sighting, account))))
    return bool(conn.execute(known).scalar_one())


def was_anchored(conn: sa.Connection) -> bool:
    """Return whether an entry says that an anchor was taken."""
    noted = sa.exists().where(schema.entry.c.what == "anchor")
    return bool(conn.execute(sa.select(noted)).scalar_one())


def printed_anchors(conn: sa.Connection) -> list[str]:
    """Return the anchors printed on the bulletins that were issued."""
    return list(conn.execute(sa.select(bulletin.c.anchor).distinct()).scalars())


def latest(
    conn: sa.Connection,
    *,
    before: dt.datetime | None = None,
    kind: JournalKind | None = None,
    most: int = 100,
) -> list[Entry]:
    """Return the last entries made before an instant, the newest first.

    Those of one instant are not parted: what comes before the last one is the next page.
    """
    table = schema.entry
    statement = sa.select(table).order_by(table.c.at.desc())
    if before is not None:
        statement = statement.where(table.c.at < before)
    if kind is not None:
        statement = statement.where(table.c.kind == kind)
    rows = conn.execute(statement.fetch(most, with_ties=True))
    result = (Entry(**row._mapping) for row in rows)
    return sorted(result, key=lambda item: (item.at, item.chain, item.seq), reverse=True)


def _marks(conn: sa.Connection, statement: sa.Select[tuple[int, int, bytes]]) -> list[ChainMark]:
    rows = conn.execute(statement)
    return [ChainMark(chain=row.chain, seq=row.seq, hash=bytes(row.hash)) for row in rows]
