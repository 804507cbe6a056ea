"""Who was last seen at a closed site, and who found nobody there since."""

from __future__ import annotations

import datetime as dt

from geosites.analysis.closure import (
    Evidence,
    EvidenceKind,
    HeadsSeen,
    Reoccupation,
    heads_seen,
    reoccupation,
)

MORNING = dt.datetime(2023, 6, 30, 7, 6, tzinfo=dt.UTC)


def evidence(kind: EvidenceKind, hours: float, heads: int = 0) -> Evidence:
    at = MORNING + dt.timedelta(hours=hours)
    return Evidence(
        id=f"{hours}", observed_at=at, kind=kind, headcount=heads, p_before=0.5, p_after=0.5
    )


def test_nothing_is_told_where_nobody_was_seen() -> None:
    assert heads_seen([]) is None
    beside = evidence(EvidenceKind.NEARBY, 1, 12)
    wrong = evidence(EvidenceKind.REJECTED, 2, 30)
    assert heads_seen([evidence(EvidenceKind.NEGATIVE, 0), beside, wrong]) is None


def test_the_last_sighting_is_told_with_the_visits_after_it() -> None:
    rows = [
        evidence(EvidenceKind.REPEAT, 3),
        evidence(EvidenceKind.NEGATIVE, -1),
        evidence(EvidenceKind.VERIFIED_POSITIVE, -2, 4),
        evidence(EvidenceKind.UNVERIFIED_POSITIVE, 0, 10),
        evidence(EvidenceKind.NEGATIVE, 2),
    ]
    assert heads_seen(rows) == HeadsSeen(heads=10, at=MORNING, verified=False, empty_since=2)


def test_a_verified_sighting_is_said_to_be_so() -> None:
    rows = [evidence(EvidenceKind.VERIFIED_POSITIVE, 0, 4)]
    assert heads_seen(rows) == HeadsSeen(heads=4, at=MORNING, verified=True, empty_since=0)


def test_a_place_was_occupied_again_for_as_long_as_people_were_verified_there() -> None:
    day, verified = 24.0, EvidenceKind.VERIFIED_POSITIVE
    rows = [
        evidence(verified, -60 * day, 50),
        evidence(verified, 0, 6),
        evidence(EvidenceKind.NEGATIVE, 2 * day),
        evidence(verified, 4 * day, 27),
        evidence(verified, 8 * day, 13),
        evidence(EvidenceKind.UNVERIFIED_POSITIVE, 70 * day, 99),
        evidence(EvidenceKind.REJECTED, 9 * day, 300),
    ]
    last_at = MORNING + dt.timedelta(days=8)
    told = Reoccupation(first_at=MORNING, last_at=last_at, most_heads=27, sightings=3)
    assert reoccupation(rows) == reoccupation(rows[::-1]) == told
    assert reoccupation([item for item in rows if item.kind is not verified]) is None
