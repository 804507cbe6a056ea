"""Implausibly high counts in a file: reported by row, and imported once confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.errors import BadRow, Refused, phrase
from geosites.imports.record_rows import ImportTarget
from geosites.imports.staging import is_there
from geosites.validation import SHOWN

_COUNTS = ("headcount", "headcount_dispersed", "arrests")


@dataclass(frozen=True, kw_only=True)
class DoubtfulCounts:
    """Rows that count more people than is likely: the first of them, and how many there are."""

    rows: Sequence[BadRow] = ()
    total: int = 0


class CountsToConfirm(Refused):
    """A file has implausibly high counts that have not been confirmed."""

    def __init__(self, file: str, found: DoubtfulCounts) -> None:
        self.found = found
        super().__init__(
            phrase(
                "%(file)s: counts to be confirmed: %(count)s, the first on line %(line)s "
                "(%(value)s people)",
                file=file,
                count=found.total,
                line=found.rows[0].line,
                value=found.rows[0].value,
            )
        )


def find(conn: sa.Connection, target: ImportTarget, plausible_heads: int | None) -> DoubtfulCounts:
    """Return the staged rows that count more than that and are not in the store yet."""
    if plausible_heads is None:
        return DoubtfulCounts()
    rows, total, staged = list[BadRow](), 0, target.staged
    for name in _COUNTS:
        if name not in staged.c:
            continue
        heads = staged.c[name]
        doubtful = sa.and_(heads > plausible_heads, ~is_there(target))
        count = sa.func.count().over()
        found = sa.select(staged.c.line, heads, count).where(doubtful).order_by(staged.c.line)
        first = conn.execute(found.limit(SHOWN)).all()
        total += first[0][2] if first else 0
        for line, value, _ in first:
            reason = phrase("%(heads)s people: is the count right?", heads=value)
            rows.append(BadRow(line, name, str(value), reason))
    return DoubtfulCounts(rows=sorted(rows, key=lambda row: row.line)[:SHOWN], total=total)
