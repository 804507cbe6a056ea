"""The journal tables, in the schema `journal`.

The entries of a transaction stay in `waiting` until it commits. Then each row becomes an `entry` at
the end of one of sixteen chains, and `head` has the end of each chain. Entries are never changed.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from geosites.db.schema.conventions import metadata

SCHEMA = "journal"
CHAINS = 16
"""Transactions wait for one another at their very end, and only within a chain."""

_INSTANT = sa.DateTime(timezone=True)


class JournalKind(StrEnum):
    """What an entry of the journal is about."""

    COLLECTION = "collection"
    CHANGE = "change"
    CONSULTATION = "consultation"
    COMMUNICATION = "communication"
    ERASURE = "erasure"


def _said() -> list[sa.Column[object]]:
    kind = sa.Enum(
        JournalKind, name="kind", schema=SCHEMA, values_callable=lambda k: [m.value for m in k]
    )
    return [
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("motive", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("refs", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text),
    ]


waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    *_said(),
    schema=SCHEMA,
    prefixes=["UNLOGGED"],
)
"""Entries of the current transaction. Empty when it ends."""

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("chain", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    *_said(),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("octet_length(hash) = 32", name="hash_form"),
    sa.Index("entry_at_idx", "at"),
    schema=SCHEMA,
)
"""Who did what, when and why. `refs` is a JSON text that names rows, sites or weeks: no data."""

head = sa.Table(
    "head",
    metadata,
    sa.Column("chain", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    schema=SCHEMA,
)
"""The last entry of each chain."""

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("chain", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("made_at", _INSTANT, nullable=False),
    schema=SCHEMA,
)
"""The last entry of a chain that retention erased; the rest is verified from there."""

certificate = sa.Table(
    "certificate",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("made_at", _INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("before", _INSTANT, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("first_at", _INSTANT),
    sa.Column("last_at", _INSTANT),
    sa.Column("digest", sa.Text, nullable=False),
    sa.CheckConstraint("rows >= 0", name="rows_sign"),
    schema=SCHEMA,
)
"""What retention did to a table: by which rule, how many rows, and a digest of their names."""
