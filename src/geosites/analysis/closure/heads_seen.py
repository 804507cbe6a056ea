"""People last seen inside a closed perimeter, later empty visits, and the last reoccupation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.analysis.closure.evidence import POSITIVE, EvidenceKind
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.result import Evidence

_NOBODY = frozenset({EvidenceKind.NEGATIVE, EvidenceKind.REPEAT, EvidenceKind.DAY_UNKNOWN})


@dataclass(frozen=True)
class HeadsSeen:
    """The last sighting of people since the closure, and the visits after it that saw nobody."""

    heads: int
    at: dt.datetime
    verified: bool
    empty_since: int


@dataclass(frozen=True)
class Reoccupation:
    """A time in which people were seen again and again in a closed perimeter, as verified."""

    first_at: dt.datetime
    last_at: dt.datetime
    most_heads: int
    sightings: int


APART = dt.timedelta(days=EvidenceParameters().fresh_days)
"""Verified sightings with at most this interval belong to one period."""


def reoccupation(evidence: Sequence[Evidence]) -> Reoccupation | None:
    """Return the last time since the closure in which people were seen there, as verified."""
    ordered = sorted(evidence, key=lambda item: item.observed_at, reverse=True)
    run: list[Evidence] = []
    for item in ordered:
        if item.kind is not EvidenceKind.VERIFIED_POSITIVE:
            continue
        if run and run[-1].observed_at - item.observed_at > APART:
            break
        run.append(item)
    if not run:
        return None
    return Reoccupation(
        first_at=run[-1].observed_at,
        last_at=run[0].observed_at,
        most_heads=max(item.headcount for item in run),
        sightings=len(run),
    )


def heads_seen(evidence: Sequence[Evidence]) -> HeadsSeen | None:
    """Return the last people seen in the perimeter since the closure, or None."""
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
