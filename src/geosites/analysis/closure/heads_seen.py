"""People last seen in a closed perimeter, and who found nobody there since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.analysis.closure.evidence import POSITIVE, EvidenceKind
from geosites.analysis.closure.result import Evidence

_NOBODY = frozenset({EvidenceKind.NEGATIVE, EvidenceKind.REPEAT, EvidenceKind.DAY_UNKNOWN})


@dataclass(frozen=True)
class HeadsSeen:
    """The last sighting of people since the closure, and the visits after it that saw nobody."""

    heads: int
    at: dt.datetime
    verified: bool
    empty_since: int


def heads_seen(evidence: Sequence[Evidence]) -> HeadsSeen | None:
    """Return what was last seen in the perimeter since the closure, None where nobody was."""
    ordered = sorted(evidence, key=lambda item: item.observed_at)
    seen = [item for item in ordered if item.kind in POSITIVE]
    if not seen:
        return None
    last = seen[-1]
    empty = [item for item in ordered if item.kind in _NOBODY]
    return HeadsSeen(
        heads=last.headcount,
        at=last.observed_at,
        verified=last.kind is EvidenceKind.VERIFIED_POSITIVE,
        empty_since=sum(item.observed_at > last.observed_at for item in empty),
    )
