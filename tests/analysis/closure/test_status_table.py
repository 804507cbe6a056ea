"""Each status has its row, and while a closure is in force the first whose rule holds counts."""

from __future__ import annotations

import pytest

from geosites.analysis.closure.belief_point import BeliefAt, Point
from geosites.analysis.closure.evidence import DAY_US
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.status_table import STATUS_ROW, STATUS_TABLE, Status, status_of

FIRM = Point(0, 0.99, negatives=3, parts=0b11, last_negative=0, covered=1.0)


def status(point: Point, p: float | None = None, days: float = 0) -> Status:
    at = int(days * DAY_US)
    return status_of(BeliefAt(at, point, point.p if p is None else p, EvidenceParameters()))


def test_each_status_has_one_row() -> None:
    assert sorted(row.status for row in STATUS_TABLE) == sorted(Status)


def test_those_of_a_closure_in_force_have_a_rule_and_no_others() -> None:
    assert {row.status for row in STATUS_TABLE if row.rule} == {
        row.status for row in STATUS_TABLE if row.closed
    }


@pytest.mark.parametrize(
    ("point", "p", "days", "expected"),
    [
        (FIRM, 0.95, 14, Status.CONFIRMED_CLOSED),
        (FIRM, 0.949, 14, Status.PROBABLY_CLOSED),
        (FIRM, 0.95, 14.001, Status.PROBABLY_CLOSED),
        (FIRM._replace(negatives=2), 0.99, 0, Status.PROBABLY_CLOSED),
        (FIRM._replace(parts=0b100), 0.99, 0, Status.PROBABLY_CLOSED),
        (FIRM._replace(covered=0.79), 0.99, 0, Status.PROBABLY_CLOSED),
        (FIRM._replace(last_negative=None), 0.80, 0, Status.PROBABLY_CLOSED),
        (FIRM, 0.799, 0, Status.UNVERIFIED),
        (FIRM, 0.0, 0, Status.UNVERIFIED),
        (FIRM._replace(contradicted=True), 0.99, 0, Status.CONTRADICTED),
        (FIRM._replace(reopened=True, contradicted=True), 0.99, 0, Status.REOPENED),
    ],
)
def test_the_first_rule_that_holds_counts(
    point: Point, p: float, days: float, expected: Status
) -> None:
    assert status(point, p, days) is expected
    assert STATUS_ROW[expected].closed
