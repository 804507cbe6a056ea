"""The guarantee of the public table as a sceptic would try it: one person, one cell, at most 1."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from uuid import UUID

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.bounded_contributions import levels, whole
from geosites.analysis.differential_privacy import noisy
from geosites.core.errors import NotEnoughData, Refused
from geosites.core.quarters import Quarter
from geosites.core.records import Sighting
from geosites.db.reports import sightings
from geosites.services.territories import public_tables as service

QUARTER = Quarter(2022, 3)
NOW = dt.datetime(2023, 1, 20, 9, tzinfo=dt.UTC)
HALF = Fraction(1, 2)
SCENE, ELSEWHERE = shapely.Point(652_000, 6_862_000), shapely.Point(653_500, 6_862_000)
Cells = dict[tuple[str, str], int | None]


def visit(number: int, heads: int, day: int = 4, at: shapely.Point = SCENE) -> Sighting:
    return Sighting(
        id=UUID(int=number),
        observed_at=dt.datetime(2022, 7, day, 9, number % 60, tzinfo=dt.UTC),
        point=at,
        headcount=heads,
        territory="75104",
    )


def seen(conn: sa.Connection, made: Sequence[Sighting]) -> Cells:
    """Return the counts without noise of visits, which are taken back."""
    with conn.begin_nested() as apart:
        for one in made:
            sightings.add(conn, one)
        found: Cells = {
            (item.code, f"{item.month:%m}"): item.heads for item in service.counts(conn, QUARTER)
        }
        apart.rollback()
    return found


def moved(one: Cells, other: Cells) -> list[int]:
    """Return by how much cells differ; the same cells are told in both."""
    assert one.keys() == other.keys()
    assert [one[key] is None for key in one] == [other[key] is None for key in one]
    return [abs((one[key] or 0) - (other[key] or 0)) for key in one]


@pytest.mark.parametrize("crowd", [0, 1, 99_998])
def test_one_person_among_99_999_changes_one_cell_by_1(conn: sa.Connection, crowd: int) -> None:
    """The unit is a person and no report, so that no bound has to be put on a report's heads."""
    rest = [visit(2, 0, 5), visit(3, 7, 12), visit(4, 3, 12, ELSEWHERE)]
    changes = moved(seen(conn, [visit(1, crowd), *rest]), seen(conn, [visit(1, crowd + 1), *rest]))
    assert max(changes) <= 1
    everywhere = [
        visit(n, crowd + 1 if n != 4 else 3, day, at)
        for n, day, at in ((1, 4, SCENE), (2, 5, SCENE), (3, 12, SCENE), (4, 12, ELSEWHERE))
    ]
    nowhere = [replace(one, headcount=one.headcount - (one.point == SCENE)) for one in everywhere]
    assert sorted(moved(seen(conn, nowhere), seen(conn, everywhere)))[-2:] in ([1], [0, 1])


def test_a_person_in_two_reports_of_one_scene_counts_once(conn: sa.Connection) -> None:
    """Two crews at once, or one that sent twice: the mean takes both, and moves by 1."""
    without = [visit(1, 10), visit(2, 12), visit(3, 0, 19)]
    along = [visit(1, 11), visit(2, 13), visit(3, 0, 19)]
    assert max(moved(seen(conn, without), seen(conn, along))) <= 1


def test_a_correction_spends_again_and_the_first_table_stays(conn: sa.Connection) -> None:
    for one in (visit(1, 40), visit(2, 40, 11), visit(3, 0, 19, ELSEWHERE)):
        sightings.add(conn, one)
    first = released(conn, 1)
    before = service.document(conn, first)["rows"]
    sightings.correct(conn, replace(visit(1, 40), headcount=99_999))
    second = released(conn, 2)
    assert (first.revision, second.revision) == (1, 2)
    assert service.document(conn, first)["rows"] == before
    assert service.ledger(conn, 2022)["spent"] == 1.0
    assert max(row["heads"] or 0 for row in second.rows) > 10_000


def test_a_report_withdrawn_between_releases_counts_in_the_first_alone(
    conn: sa.Connection,
) -> None:
    for one in (visit(1, 400), visit(2, 0, 11), visit(3, 0, 19, ELSEWHERE)):
        sightings.add(conn, one)
    first = released(conn, 1)
    sightings.correct(conn, replace(visit(1, 400), verified=False))
    second = released(conn, 2)
    assert max(row["heads"] or 0 for row in first.rows) > 100
    assert max(row["heads"] or 0 for row in second.rows) < 50
    assert service.ledger(conn, 2022)["spent"] == 1.0
    released(conn, 3)
    released(conn, 4)
    with pytest.raises(Refused, match="budget"):
        released(conn, 5)


def test_where_no_empty_visit_is_recorded_there_is_no_table(conn: sa.Connection) -> None:
    """That there was a visit would tell that somebody was there, and visits have no noise."""
    sightings.add(conn, visit(1, 3))
    with pytest.raises(NotEnoughData, match="no visit of this quarter saw nobody"):
        released(conn, 1)
    assert service.ledger(conn, 2022)["spent"] == 0.0
    sightings.add(conn, visit(2, 0, 19, ELSEWHERE))
    assert released(conn, 1).revision == 1


def released(conn: sa.Connection, seed: int) -> service.PublicRelease:
    at = NOW + dt.timedelta(days=seed)
    return service.release(conn, QUARTER, at, below=Random(seed).randrange)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 60)), min_size=1),
    st.integers(0, 5),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_a_split_territory_shows_a_person_once_a_release(
    visits: list[tuple[int, int, int]], where: int, before: list[int], after: list[int]
) -> None:
    """Territories drawn anew between two releases: each has the person in one cell at most.

    What both releases tell together is then twice what one tells, which the ledger adds up.
    """
    place, week, heads = (np.array(column) for column in zip(*visits, strict=True))
    more = heads + (place == where)
    total = 0
    for home in (before, after):
        without = whole(levels(place, week, heads), home)
        along = whole(levels(place, week, more), home)
        total += sum(abs(along[row] - without[row]) for row in along)
    assert total <= 2


@pytest.mark.parametrize("count", [0, 1, 6])
def test_two_releases_tell_at_most_twice_what_one_tells(count: int) -> None:
    """Pairs of two noisy counts, with and without a person, within exp(2 epsilon) of each other."""
    draws, chance = 60_000, Random(5)
    with_one, without = (
        Counter(tuple(noisy([people, people], HALF, chance.randrange)) for _ in range(draws))
        for people in (count + 1, count)
    )
    for pair in with_one.keys() | without.keys():
        one, other = with_one[pair], without[pair]
        for more, fewer in ((one, other), (other, one)):
            bound = math.exp(2 * HALF) * fewer
            assert more <= bound + 5 * math.sqrt(bound + 1) + 5 * math.sqrt(more)
