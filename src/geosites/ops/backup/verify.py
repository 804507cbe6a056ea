"""Verify a backup by restoring it into a scratch cluster and comparing with its manifest."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from geosites.db import journal_entries
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.journal.anchor_lines import JournalAnchor, parse_anchor
from geosites.journal.chain import Verdict, judge
from geosites.ops.backup.create import Progress, back_up
from geosites.ops.backup.manifest import BackupManifest
from geosites.ops.backup.read import pour, read_about
from geosites.ops.backup.restore import differences
from geosites.ops.private_postgres.scratch import scratch_cluster


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What restoring a backup came to: tables that differ, and the verdict on its journal."""

    about: BackupManifest
    differences: tuple[str, ...]
    journal: Verdict | None

    @property
    def sound(self) -> bool:
        """Return whether all of it came back."""
        return not self.differences and (self.journal is None or self.journal.sound)

    def document(self) -> dict[str, object]:
        """Return it as JSON."""
        answer = self.about.document()
        return {
            "sound": self.sound,
            "differences": list(self.differences),
            "journal": self.journal and self.journal.document(),
            **{key: answer[key] for key in ("made_at", "schema", "exercise", "sha256")},
            "tables": {name: asdict(item) for name, item in self.about.tables.items()},
        }


def verify(
    file: Path, *, anchors: Sequence[JournalAnchor] = (), progress: Progress | None = None
) -> Verified:
    """Restore a backup into a scratch cluster and return its differences from the manifest.

    Compares row counts and digests of every table, the whole journal, its anchor and `anchors`.
    Raises `Refused` for a file that is not a complete backup. No existing store is touched.
    """
    about = read_about(file)
    with scratch_cluster() as cluster:
        pour(file, about, cluster.url(), progress)
        store = Store(cluster.url(), pool_size=1)
        try:
            with store.begin() as conn:
                result = table_digests.contents(conn)
            with store.begin() as conn:
                verdict = None
                if about.anchor is not None:
                    journal_entries.hold_still(conn)
                    verdict = judge(conn, [parse_anchor(about.anchor), *anchors])
        finally:
            store.close()
    return Verified(about=about, differences=tuple(differences(about, result)), journal=verdict)


def verify_store(
    store: Store, *, anchors: Sequence[JournalAnchor] = (), progress: Progress | None = None
) -> Verified:
    """Back up a store to a temporary file, and verify that."""
    with tempfile.TemporaryDirectory(prefix="geosites-verify-") as folder:
        file = Path(folder) / "store.geosites"
        back_up(store, file, progress)
        return verify(file, anchors=anchors, progress=progress)
