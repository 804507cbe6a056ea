"""People seen beside a closed perimeter: reported with the status, not part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.analysis.closure.evidence import (
    DAY_US,
    EvidenceKind,
    SiteVisits,
    VisitEvidence,
    case_at,
    events,
    instant,
    microseconds,
)
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.core.records import Closure


@dataclass(frozen=True, kw_only=True)
class Nearby:
    """People recently seen beside the perimeter: the most at one visit, and their distance.

    `sightings` are those of the last days; `since` is when they began without a longer break.
    """

    heads: int
    within_m: float
    since: dt.datetime
    last_at: dt.datetime
    sightings: int


def nearby(
    found: Sequence[VisitEvidence], since: int, at: int, parameters: EvidenceParameters
) -> Nearby | None:
    """Return the people seen at most `nearby_m` outside the perimeter under a closure, or None.

    They are reported for `fresh_days`, whatever visits inside find: those say nothing about the
    street beside. Sightings less than `fresh_days` apart belong together, and `since` is the first.
    """
    fresh = parameters.fresh_days * DAY_US
    spell: list[VisitEvidence] = []
    before = at
    for event in reversed(found):
        if event.at < since or before - event.at > fresh:
            break
        if event.kind is EvidenceKind.NEARBY and event.off_m <= parameters.nearby_m:
            spell.append(event)
            before = event.at
    if not spell:
        return None
    recent = [event for event in spell if at - event.at <= fresh]
    most = max(recent, key=lambda event: (event.headcount, -event.off_m))
    return Nearby(
        heads=most.headcount,
        within_m=most.off_m,
        since=instant(spell[-1].at),
        last_at=instant(spell[0].at),
        sightings=len(recent),
    )


def nearby_at(
    visits: SiteVisits,
    closures: Sequence[Closure],
    as_of: dt.datetime,
    parameters: EvidenceParameters = DEFAULTS,
) -> Nearby | None:
    """Return the people seen beside the perimeter of a closure in force at an instant, or None."""
    at = microseconds(as_of)
    case = case_at(closures, at)
    if case is None or not case.in_force:
        return None
    return nearby(events(visits, at), case.since, at, parameters)
