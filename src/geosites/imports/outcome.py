"""What came of an import."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

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

    def document(self) -> dict[str, object]:
        """Return the report as JSON has it."""
        refused = [row.document() for row in self.refused]
        return {**asdict(self), "refused": refused, "warnings": list(self.warnings)}

    def require_accepted(self) -> ImportReport:
        """Return the report, or raise `RowsRefused` where rows were refused."""
        if self.refused_total:
            raise RowsRefused(self.file, self.refused, self.refused_total)
        return self
