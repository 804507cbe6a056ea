"""The manifest of a backup: instant, schema, and row count and digest of every table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from geosites.core.errors import Refused
from geosites.db.postgres.table_digests import Content

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a chain of the journal ended."""

    chain: int
    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class BackupManifest:
    """Manifest of a backup. `anchor` fixes the state of the journal; `sha256` is that of the dump.

    `anchor` is None and `heads` is empty for a store without a journal.
    """

    made_at: dt.datetime
    geosites: str
    schema: str
    postgresql: int
    exercise: bool
    tables: Mapping[str, Content]
    anchor: str | None
    heads: tuple[Head, ...]
    dump_bytes: int
    sha256: str

    @property
    def rows(self) -> int:
        """Return how many rows it holds in all."""
        return sum(content.rows for content in self.tables.values())

    def document(self) -> dict[str, object]:
        """Return it as JSON."""
        return {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}

    def text(self) -> str:
        """Return it as stored in the file."""
        return json.dumps(self.document(), indent=2, ensure_ascii=False) + "\n"


def parse(text: bytes) -> BackupManifest:
    """Parse the manifest of a backup, or raise `Refused`."""
    try:
        message = json.loads(text)
        if message.pop("format") != FORMAT:
            raise Refused("the backup was made by a newer geosites: use that one")
        message["made_at"] = dt.datetime.fromisoformat(message["made_at"])
        message["tables"] = {name: Content(**item) for name, item in message["tables"].items()}
        message["heads"] = tuple(Head(**item) for item in message["heads"])
        return BackupManifest(**message)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            "what the backup says about itself cannot be read: %(error)s", error=error
        ) from error
