"""What a store holds after faults, against what was acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bench.served import ask
from geosites.db import journal_entries
from geosites.db.postgres.connection import Store
from geosites.journal.chain import verify

FILE_ROWS = 3_000
"""How many rows the file has that imports are killed over."""
Item = Mapping[str, Any]


@dataclass
class Outcome:
    """What a schedule came to: how many were acknowledged, and what is wrong in the store."""

    acknowledged: int = 0
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not (self.lost or self.doubled or self.broken)


def look(url: str, sent: Sequence[Item], outcome: Outcome) -> None:
    """Hold the store against what was acknowledged, and follow its journal."""
    found = Counter(
        (str(identifier), headcount)
        for identifier, headcount in ask(
            url,
            "SELECT id, headcount FROM sighting WHERE id = ANY(%s)",
            [UUID(one["id"]) for one in sent],
        )
    )
    entered = Counter(
        name
        for (name,) in ask(
            url,
            "SELECT refs::jsonb ->> 0 FROM journal.entry WHERE kind = 'collection'"
            " AND refs = ANY(%s)",
            [f'["{one["id"]}"]' for one in sent],
        )
    )
    for one in sent:
        rows = found[one["id"], one["headcount"]]
        (outcome.lost if rows == 0 else outcome.doubled).extend([one["id"]] * (rows != 1))
        if entered[one["id"]] != 1:
            outcome.broken.append(f"{entered[one['id']]} entries of {one['id']}")
    outcome.broken += broken(url)


def broken(url: str) -> list[str]:
    """Return what is half done in a store or wrong with its journal, anchors left aside."""
    store = Store(url, pool_size=1)
    try:
        with store.begin() as conn:
            journal_entries.hold_still(conn)
            verdict = verify(
                journal_entries.chains(conn),
                journal_entries.heads(conn),
                journal_entries.checkpoints(conn),
                [],
                [],
            )
            faults = [f"journal: {fault.what}" for fault in verdict.faults]
    finally:
        store.close()
    imported = "SELECT count(*) FROM sighting WHERE observed_at < '2022-01-01'"
    waiting = "SELECT count(*) FROM journal.waiting"
    if ask(url, imported)[0][0] % FILE_ROWS:
        faults.append("half of a file was imported")
    if ask(url, waiting)[0][0]:
        faults.append("entries wait outside any transaction")
    return faults
