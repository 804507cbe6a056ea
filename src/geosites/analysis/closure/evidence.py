"""Evidence: the visits and closures of one site as time-ordered events for the filter.

Each visit is looked at by itself; only the order of events depends on the others.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.visit_coverage import ONE_POINT, WHOLE, PerimeterPoints
from geosites.core import city
from geosites.core.errors import Refused
from geosites.core.records import Closure
from geosites.core.weeks import DAY_PARTS

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
QUARTER_US = HOUR_US // 4
_PART_HOURS = 24 // len(DAY_PARTS)
NO_PART = -1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class EvidenceKind(StrEnum):
    """What a visit or report shows about the site."""

    NEGATIVE = "negative"
    REPEAT = "repeat"
    UNVERIFIED_POSITIVE = "unverified_positive"
    VERIFIED_POSITIVE = "verified_positive"
    REJECTED = "rejected"
    DAY_UNKNOWN = "day_part_unknown"
    NEARBY = "nearby"
    ELSEWHERE = "elsewhere"
    NOT_A_VISIT = "not_a_visit"


POSITIVE = frozenset({EvidenceKind.UNVERIFIED_POSITIVE, EvidenceKind.VERIFIED_POSITIVE})
_LAST_AT_A_TIE = {EvidenceKind.UNVERIFIED_POSITIVE: 1, EvidenceKind.VERIFIED_POSITIVE: 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteVisits:
    """The visits and reports that may concern one site, one row each, in any order.

    `observed_at` holds microseconds since 1970 in UTC. `covers`: the position is known well enough
    and lies in the perimeter, so that an empty visit is evidence. `inside`: it lies in the
    perimeter, widened by its own accuracy, so that people count as seen there. `effort`: a patrol
    or survey; calls and partners report heads, but their silence is not a visit. `off_m`: how far
    outside the perimeter the position lies, NaN where that is not known well enough.

    `ground` divides the perimeter into shares, and `sees` (n, k) is how well each row sees each of
    them; without them every visit sees everything.
    """

    ids: Sequence[str]
    observed_at: npt.NDArray[np.int64]
    headcount: Sequence[int] | npt.NDArray[np.int64]
    verified: Sequence[bool | None] | npt.NDArray[np.object_]
    time_precision: Sequence[str]
    covers: Sequence[bool] | npt.NDArray[np.bool_]
    inside: Sequence[bool] | npt.NDArray[np.bool_]
    effort: Sequence[bool] | npt.NDArray[np.bool_] | None = None
    off_m: Sequence[float] | npt.NDArray[np.float64] | None = None
    sees: npt.NDArray[np.float64] | None = None
    ground: PerimeterPoints = ONE_POINT

    def __post_init__(self) -> None:
        columns = {name: column for name, column in vars(self).items() if name != "ground"}
        rows = {name: len(column) for name, column in columns.items() if column is not None}
        if len(set(rows.values())) > 1:
            raise Refused(f"the columns of the visits differ in length: {rows}")

    @cached_property
    def evidence(self) -> tuple[VisitEvidence, ...]:
        """Evidence of all visits in time order, computed once."""
        return tuple(sorted(map(_event, *_columns(self))))

    @classmethod
    def none(cls) -> SiteVisits:
        """Return no visits at all."""
        return cls(
            ids=(),
            observed_at=np.empty(0, dtype=np.int64),
            headcount=(),
            verified=(),
            time_precision=(),
            covers=(),
            inside=(),
        )


class VisitEvidence(NamedTuple):
    """One visit as evidence; `slot` names the part of the day of a date that it fell in.

    `row` is its place among the visits, `sees` (k,) how well it sees each share of the ground.
    """

    at: int
    tie: int
    id: str
    kind: EvidenceKind
    part: int
    slot: int
    headcount: int
    effort: bool
    row: int
    off_m: float
    sees: npt.NDArray[np.float64]


def events(visits: SiteVisits, until: int) -> list[VisitEvidence]:
    """Return the evidence of visits made by `until`, in time order, ties broken by kind and id.

    At the same instant a negative visit comes before a positive one, so that it is not treated as a
    visit made after people were seen.
    """
    return [event for event in visits.evidence if event.at <= until]


def _columns(visits: SiteVisits) -> tuple[Iterable[Any], ...]:
    count = len(visits.ids)
    columns = (
        range(count),
        visits.ids,
        visits.observed_at,
        visits.headcount,
        visits.verified,
        visits.time_precision,
        visits.covers,
        visits.inside,
        [True] * count if visits.effort is None else visits.effort,
        [0.0] * count if visits.off_m is None else visits.off_m,
    )
    plain = tuple(c.tolist() if isinstance(c, np.ndarray) else c for c in columns)
    return (*plain, [WHOLE] * count if visits.sees is None else visits.sees)


def _event(
    row: int,
    name: str,
    at: int,
    heads: int,
    verified: bool | None,
    precision: str,
    covers: bool,
    inside: bool,
    effort: bool,
    off_m: float,
    sees: npt.NDArray[np.float64],
) -> VisitEvidence:
    known = precision != "day"
    kind = _kind(heads, verified, known, covers, inside, effort)
    part, slot = _slot(at, known)
    tie = _LAST_AT_A_TIE.get(kind, 0)
    return VisitEvidence(at, tie, name, kind, part, slot, heads, effort, row, off_m, sees)


def _kind(
    heads: int, verified: bool | None, known: bool, covers: bool, inside: bool, effort: bool
) -> EvidenceKind:
    checked = bool(verified) if isinstance(verified, bool | np.bool_) else None
    if checked is False:
        return EvidenceKind.REJECTED
    if heads > 0 and inside:
        return EvidenceKind.VERIFIED_POSITIVE if checked else EvidenceKind.UNVERIFIED_POSITIVE
    if heads > 0:
        return EvidenceKind.NEARBY
    if not effort:
        return EvidenceKind.NOT_A_VISIT
    if not covers:
        return EvidenceKind.ELSEWHERE
    return EvidenceKind.NEGATIVE if known else EvidenceKind.DAY_UNKNOWN


def _slot(at: int, known: bool) -> tuple[int, int]:
    part, slot = _slot_of_quarter(at // QUARTER_US, city.zone())
    return (part, slot) if known else (NO_PART, -1 - slot // len(DAY_PARTS))


@lru_cache(maxsize=2**16)
def _slot_of_quarter(quarter: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the part of the day and slot of a quarter of an hour in UTC.

    Clocks are whole quarters of an hour away from it everywhere.
    """
    local = dt.datetime.fromtimestamp(quarter * 900, zone)
    part = local.hour // _PART_HOURS
    return part, local.toordinal() * len(DAY_PARTS) + part


@dataclass(frozen=True, kw_only=True)
class Case:
    """The closure in question at an instant: since when, by which act, lifted or in force."""

    since: int
    closure: Closure
    in_force: bool


def case_at(closures: Sequence[Closure], at: int) -> Case | None:
    """Return the closure in question at an instant, or None if none has begun by then.

    A closure that begins where the previous one ends prolongs it: the site has been closed since
    the first of them, and the evidence continues.
    """
    begun = sorted(
        (c for c in closures if microseconds(c.closed_from) <= at), key=lambda c: c.closed_from
    )
    if not begun:
        return None
    covering = next((c for c in reversed(begun) if _ends(c) > at), None)
    closure = covering or max(begun, key=_ends)
    starts = [start for start, _ in closed_spans(begun)]
    since = starts[bisect_right(starts, microseconds(closure.closed_from)) - 1]
    return Case(since=since, closure=closure, in_force=covering is not None)


def closed_spans(closures: Sequence[Closure]) -> list[tuple[int, float]]:
    """Return from when until when a site was closed, closures that touch taken as one."""
    spans: list[tuple[int, float]] = []
    for start, end in sorted((microseconds(c.closed_from), _ends(c)) for c in closures):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _ends(closure: Closure) -> float:
    return float("inf") if closure.closed_until is None else microseconds(closure.closed_until)


def microseconds(instant: dt.datetime) -> int:
    """Return an aware instant as microseconds since 1970 in UTC."""
    if instant.tzinfo is None:
        raise Refused(f"{instant.isoformat()} has no offset: an instant needs one")
    return (instant - _EPOCH) // _MICROSECOND


def instant(at: int) -> dt.datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return _EPOCH + at * _MICROSECOND
