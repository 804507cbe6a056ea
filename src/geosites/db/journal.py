"""The audit journal: who did what, when, why and for whom. References only, never the data.

Triggers write what is collected, changed and erased, whoever does it. What is read or handed out
leaves no trace in a table, so whoever answers says it here. Entries are sealed into their chain
when the transaction commits, and cannot be seen before; `journal_entries` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from geosites.db.postgres.compiled import Compiled
from geosites.db.schema import journal as schema
from geosites.db.schema.journal import JournalKind

# Used by nearly every request, so these are built once.
_ACT_AS = Compiled.once(
    sa.select(
        *(
            sa.func.set_config(f"geosites.{name}", sa.bindparam(name, type_=sa.Text), True)
            for name in ("actor", "role", "unit", "channel", "motive")
        )
    )
)
_NOTED: sa.Function[None] = sa.func.journal.note(
    sa.cast(sa.bindparam("kind"), schema.entry.c.kind.type),
    *(sa.cast(sa.bindparam(name), sa.Text) for name in ("what", "refs", "recipient")),
)
_NOTE = sa.select(_NOTED)
_UNHURRIED = sa.case(
    (
        sa.func.pg_current_xact_id_if_assigned(type_=sa.Text).is_(None),
        sa.func.set_config("synchronous_commit", "off", True),
    )
)
_CONSULTED = sa.select(_UNHURRIED, _NOTED)


class Asker(Protocol):
    """The actor: an account of a service, with its role and its unit."""

    @property
    def login(self) -> str:
        """The account's name."""

    @property
    def role(self) -> str:
        """What the account may do."""

    @property
    def unit(self) -> str:
        """The unit it belongs to."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Someone at the machine itself, such as `os:geosites`."""

    login: str
    role: str = ""
    unit: str = ""


def act_as(conn: sa.Connection, asker: Asker, channel: str, motive: str | None = None) -> None:
    """Set actor, channel and motive for the rest of the transaction.

    Writes nothing, so that a read-only transaction stays one.
    """
    message = {
        "actor": asker.login,
        "role": str(asker.role),
        "unit": asker.unit,
        "channel": channel,
        "motive": motive or "",
    }
    _ACT_AS.row(conn, **{name: _plain(text) for name, text in message.items()})


def consulted(
    conn: sa.Connection, what: str, references: Sequence[str] = (), recipient: str | None = None
) -> None:
    """Record a read: `what` is the route or act, with references by name.

    Called last in a transaction, since a transaction that has written does not use cached results.
    A transaction that writes nothing else need not wait for the disk.
    """
    conn.execute(_CONSULTED, _noted(JournalKind.CONSULTATION, what, references, recipient))


def communicated(conn: sa.Connection, what: str, references: Sequence[str], recipient: str) -> None:
    """Record a disclosure: a file, a bulletin or a message, and its recipient."""
    conn.execute(_NOTE, _noted(JournalKind.COMMUNICATION, what, references, recipient))


def erased(conn: sa.Connection, what: str, references: Sequence[str]) -> None:
    """Note that retention erased or coarsened something."""
    conn.execute(_NOTE, _noted(JournalKind.ERASURE, what, references, None))


def _noted(
    kind: JournalKind, what: str, references: Sequence[str], recipient: str | None
) -> dict[str, str | None]:
    """Return the values of an entry, by the parameters of `_NOTE`."""
    return {
        "kind": kind,
        "what": _plain(what),
        "refs": json.dumps([_plain(name) for name in references], ensure_ascii=False),
        "recipient": None if recipient is None else _plain(recipient),
    }


def _plain(text: str) -> str:
    """Return a text without what a database or a terminal could stumble over."""
    return "".join(letter for letter in text if letter.isprintable())
