"""What in the history of a site is cause for alarm."""

from __future__ import annotations

import datetime as dt

import pytest

from geosites.alarms.triggers import changes, nearby_change
from geosites.analysis.closure import Nearby, Status, Stretch

START = dt.datetime(2022, 10, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def band(*statuses: str) -> list[Stretch]:
    return [
        Stretch(start=START + n * DAY, end=START + (n + 1) * DAY, status=Status(status))
        for n, status in enumerate(statuses)
    ]


def found(last: str, since: dt.datetime, *statuses: str) -> list[tuple[int, str]]:
    return [
        ((change.at - START).days, change.kind.value)
        for change in changes(Status(last), since, band(*statuses))
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("confirmed_closed", "reopened", "reopened"),
        ("unverified", "reopened", "reopened"),
        ("contradicted", "reopened", "reopened"),
        ("confirmed_closed", "contradicted", "contradicted"),
        ("probably_closed", "contradicted", "contradicted"),
        ("confirmed_closed", "probably_closed", "lapsed"),
        ("confirmed_closed", "unverified", "lapsed"),
    ],
)
def test_a_closure_that_gives_way_is_cause_for_alarm(before: str, after: str, kind: str) -> None:
    assert found(before, START + DAY, before, after) == [(1, kind)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("reopened", "reopened"),
        ("probably_closed", "unverified"),
        ("unverified", "confirmed_closed"),
        ("reopened", "confirmed_closed"),
        ("never_closed", "unverified"),
        ("confirmed_closed", "lifted"),
        ("contradicted", "probably_closed"),
    ],
)
def test_what_gets_better_or_was_never_sure_is_none(before: str, after: str) -> None:
    assert found(before, START + DAY, before, after) == []


def test_what_came_and_went_between_two_looks_is_told() -> None:
    told = found(
        "confirmed_closed", START, "confirmed_closed", "contradicted", "confirmed_closed",
        "probably_closed", "reopened",
    )  # fmt: skip
    assert told == [(1, "contradicted"), (3, "lapsed"), (4, "reopened")]


def test_what_was_told_before_is_not_told_again() -> None:
    assert found("reopened", START + 1.5 * DAY, "confirmed_closed", "reopened") == []


def test_what_is_learned_late_is_told_with_the_day_it_began() -> None:
    assert found("confirmed_closed", START + 2.5 * DAY, "confirmed_closed", "reopened", "reopened",
                 "reopened") == [(2, "reopened")]  # fmt: skip


def beside(first: int, last: int) -> Nearby:
    return Nearby(
        heads=25,
        within_m=80.0,
        since=START + first * DAY,
        last_at=START + last * DAY,
        sightings=last - first + 1,
    )


def test_heads_beside_a_site_are_told_once_as_long_as_they_stay() -> None:
    first = nearby_change(None, beside(1, 1))
    assert first is not None
    assert (first.kind.value, first.at) == ("nearby", START + DAY)
    assert nearby_change(START + DAY, beside(1, 9)) is None
    assert nearby_change(START + 9 * DAY, beside(1, 9)) is None
    again = nearby_change(START + 9 * DAY, beside(40, 41))
    assert again is not None
    assert again.at == START + 40 * DAY
    assert nearby_change(START + 9 * DAY, None) is None
