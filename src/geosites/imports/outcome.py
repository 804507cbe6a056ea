"""What came of an import."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from geosites.core.documents.files import ImportDocument
from geosites.core.errors import BadRow, RowsRefused


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What was added of a file, or why nothing was.

    `refused` holds the first bad rows, `refused_total` counts them; nothing is written where there
    is one. `added` counts what a dry run would have added.
    """

    file: str
    rows: int
    added: int
    already_there: int
    refused: tuple[BadRow, ...]
    refused_total: int
    seconds: float
    warnings: tuple[str, ...]
    dry_run: bool
    exercise: bool
    oldest: dt.datetime | None = None
    """When the first of the rows was observed, began or was closed."""

    def document(self) -> ImportDocument:
        """Return the report as JSON has it."""
        return {
            "file": self.file,
            "rows": self.rows,
            "added": self.added,
            "already_there": self.already_there,
            "refused": [row.document() for row in self.refused],
            "refused_total": self.refused_total,
            "seconds": self.seconds,
            "warnings": list(self.warnings),
            "dry_run": self.dry_run,
            "exercise": self.exercise,
            "oldest": self.oldest,
        }

    def require_accepted(self) -> ImportReport:
        """Return the report, or raise `RowsRefused` where rows were refused."""
        if self.refused_total:
            raise RowsRefused(self.file, self.refused, self.refused_total)
        return self
