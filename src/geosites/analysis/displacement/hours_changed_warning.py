"""The warning that visits to the target changed their hours, and how much of it matters."""

from __future__ import annotations

from geosites.analysis.displacement.levels import Weekly, levels
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Caveat

MATTERS = 0.1
"""Share of the level by which the hours of visits must have changed it."""


def hours_changed(seen: Observed) -> tuple[Caveat, ...]:
    """Return the warning that visits to the target changed their hours, if that matters."""
    table, after = seen.table.where(seen.target), ~seen.before
    bare = Weekly(heads=table.heads, visits=table.visits, exposure=table.visits, first=table.first)
    seen_then = float(levels(bare, after).level.sum())
    alike = float(seen.standing.after.level[seen.target].sum())
    if abs(seen_then - alike) <= MATTERS * max(seen_then, alike):
        return ()
    return (Caveat(code="hours_changed", before=seen_then, after=alike),)
