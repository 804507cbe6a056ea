"""Result of an import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from geosites.core import city
from geosites.core.documents.files import ImportDocument, RecognisedFile
from geosites.core.errors import BadRow, RowsRefused
from geosites.imports.source_options import Recognition


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What was added from a file, or why nothing was.

    `refused` has the first bad rows, `refused_total` counts them; nothing is written if they are
    more than `max_rejects`. `added` counts what a dry run would have added, `left_out` rows left
    out on purpose (by a filter, or as totals), `blank` rows without any value, and `at_site` those
    located by the perimeter of their site. The rest is how the file was read; `to_confirm` lists
    what is ambiguous.
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
    left_out: int = 0
    blank: int = 0
    at_site: int = 0
    max_rejects: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    zone: str = field(default_factory=lambda: city.zone().key)
    times: Mapping[str, Sequence[str]] = field(default_factory=dict)
    decimal_comma: bool = False
    to_confirm: tuple[Recognition, ...] = ()
    doubtful: tuple[BadRow, ...] = ()
    """The first of the new rows that count more people than is likely."""
    doubtful_total: int = 0

    @property
    def refused_whole(self) -> bool:
        """Whether nothing was written, as more rows are at fault than may be left out."""
        return self.refused_total > self.max_rejects

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
            "left_out": self.left_out,
            "blank": self.blank,
            "at_site": self.at_site,
            "recognised": self._recognised(),
            "to_confirm": [{"text": item.text, "option": item.option} for item in self.to_confirm],
            "doubtful": [row.document() for row in self.doubtful],
            "doubtful_total": self.doubtful_total,
        }

    def _recognised(self) -> RecognisedFile:
        return {
            **cast("RecognisedFile", self.facts),
            "zone": self.zone,
            "times": {name: list(patterns) for name, patterns in self.times.items()},
            "decimal_comma": self.decimal_comma,
        }

    def require_accepted(self) -> ImportReport:
        """Return the report, or raise `RowsRefused` where the file was refused."""
        if self.refused_whole:
            raise RowsRefused(self.file, self.refused, self.refused_total)
        return self
