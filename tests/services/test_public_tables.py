"""The public table of a quarter through the store: noise, ledger, journal, composition."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from uuid import UUID

import pytest
import shapely
import sqlalchemy as sa

from geosites.analysis.cell_suppression import shuffled, suppress
from geosites.analysis.differential_privacy import error_within
from geosites.core.documents.public_tables import PublicRow
from geosites.core.errors import NotEnoughData, NotFound, Refused
from geosites.core.quarters import Quarter
from geosites.core.records import Sighting
from geosites.db.publication import public_tables
from geosites.db.reports import sightings
from geosites.services.territories import public_tables as service

QUARTER = Quarter(2022, 3)
NOW = dt.datetime(2023, 1, 20, 9, tzinfo=dt.UTC)
HALF = Fraction(1, 2)


def release(
    conn: sa.Connection, quarter: Quarter = QUARTER, epsilon: Fraction = HALF, seed: int = 1
) -> public_tables.PublicRelease:
    chance = random.Random(seed)
    return service.release(conn, quarter, NOW, epsilon=epsilon, below=chance.randrange)


def test_quarters_are_read_written_and_begin_on_paris_clocks() -> None:
    assert str(Quarter.parse("2022-Q3")) == "2022-Q3"
    assert Quarter.of_day(dt.date(2022, 12, 31)) == Quarter(2022, 4)
    assert Quarter(2022, 4).after == dt.date(2023, 1, 1)
    assert QUARTER.start == dt.datetime(2022, 6, 30, 22, tzinfo=dt.UTC)
    with pytest.raises(Refused, match="not a quarter"):
        Quarter.parse("2022-Q5")


def test_a_table_has_every_visited_territory_in_every_month(in_exercise: sa.Connection) -> None:
    truth, made = service.counts(in_exercise, QUARTER), release(in_exercise)
    assert [(row["code"], row["month"]) for row in made.rows] == [
        (item.code, f"{item.month:%Y-%m}") for item in truth
    ]
    for row, item in zip(made.rows, truth, strict=True):
        assert row["visits"] == item.visits
        assert (row["heads"] is None) == (item.visits == 0)


def test_the_noise_is_that_of_epsilon_and_counts_stay_useful(in_exercise: sa.Connection) -> None:
    """At most 10 % median error of the quarters with 100 people and more."""
    truth = {
        (item.code, f"{item.month:%Y-%m}"): item.heads
        for item in service.counts(in_exercise, QUARTER)
        if item.heads is not None
    }
    errors, shares = [], []
    for seed in range(40):
        with in_exercise.begin_nested() as apart:
            made = release(in_exercise, seed=seed)
            apart.rollback()
        drawn = {(row["code"], row["month"]): row["heads"] for row in made.rows}
        errors += [abs((drawn[key] or 0) - count) for key, count in truth.items() if count > 20]
        for code in {key[0] for key in truth}:
            own = [key for key in truth if key[0] == code]
            total = sum(truth[key] for key in own)
            if total >= 100:
                shares.append(abs(sum(drawn[key] or 0 for key in own) - total) / total)
    assert sorted(errors)[len(errors) // 2] == error_within(HALF, 0.5)
    assert sorted(shares)[len(shares) // 2] <= 0.10


def test_the_ledger_adds_up_and_refuses_when_the_year_is_spent(
    in_exercise: sa.Connection,
) -> None:
    for number in (1, 2, 3, 4):
        release(in_exercise, Quarter(2022, number))
    made = service.ledger(in_exercise, 2022)
    assert (made["spent"], made["budget"], made["left"]) == (2.0, 2.0, 0.0)
    with pytest.raises(Refused, match="the privacy budget of 2022 does not allow it"):
        release(in_exercise, QUARTER)
    with pytest.raises(Refused, match="spent"):
        release(in_exercise, QUARTER, Fraction(1, 1000))
    assert len(public_tables.releases(in_exercise)) == 4
    assert service.ledger(in_exercise, 2021)["spent"] == 0.0


def test_a_second_release_of_a_quarter_spends_again_with_other_noise(
    in_exercise: sa.Connection,
) -> None:
    first, second = release(in_exercise, seed=1), release(in_exercise, seed=2)
    assert (first.revision, second.revision) == (1, 2)
    assert [row["heads"] for row in first.rows] != [row["heads"] for row in second.rows]
    assert service.ledger(in_exercise, 2022)["spent"] == 1.0
    assert public_tables.latest(in_exercise, QUARTER).revision == 2


def test_the_store_itself_refuses_to_overspend_and_to_raise_the_budget(
    in_exercise: sa.Connection,
) -> None:
    statement = sa.text(
        "INSERT INTO public_table VALUES (:day, :revision, :epsilon, :budget, now(), '[]')"
    )

    def put(revision: int, epsilon: float, budget: float) -> None:
        values = {"day": dt.date(2022, 7, 1), "revision": revision, "epsilon": epsilon}
        with in_exercise.begin_nested():
            in_exercise.execute(statement, {**values, "budget": budget})

    put(1, 1.5, 2)
    with pytest.raises(sa.exc.IntegrityError, match="privacy budget spent"):
        put(2, 0.6, 2)
    with pytest.raises(sa.exc.IntegrityError, match="privacy budget spent"):
        put(2, 0.6, 9)
    put(2, 0.5, 2)


def test_a_release_is_journaled_as_a_communication(in_exercise: sa.Connection) -> None:
    release(in_exercise)
    entry = sa.text("SELECT kind, what, refs FROM journal.waiting ORDER BY 1")
    told = [tuple(map(str, row)) for row in in_exercise.execute(entry)]
    assert any("public_table" in " ".join(row) and "communication" in row[0] for row in told)


def test_what_is_not_over_or_was_not_visited_is_refused(in_exercise: sa.Connection) -> None:
    with pytest.raises(Refused, match="not over"):
        service.release(in_exercise, Quarter(2023, 1), NOW)
    with pytest.raises(NotEnoughData):
        service.release(in_exercise, Quarter(2019, 1), NOW)
    with pytest.raises(NotFound):
        public_tables.latest(in_exercise, QUARTER)


MONTHS = ("2022-07", "2022-08", "2022-09")


def withheld_as_published(rows: list[PublicRow], month: str) -> set[str]:
    """Return what suppression withholds of a month, worked out by a reader of the table alone."""
    told = {row["code"]: row["heads"] for row in rows if row["month"] == month}
    codes = sorted(code for code, heads in told.items() if heads is not None)
    hidden = suppress([told[code] or 0 for code in codes], shuffled(codes, month)).hidden
    return {code for code, kept in zip(codes, hidden, strict=True) if kept}


def test_the_document_says_what_suppression_alone_would_withhold(
    in_exercise: sa.Connection,
) -> None:
    made = service.document(in_exercise, release(in_exercise))
    small = [row for row in made["rows"] if row["heads"] and row["heads"] < 11]
    assert small
    assert all(row["suppressed"] for row in small)
    assert made["suppressed"] >= len(small)
    assert {month: withheld_as_published(made["rows"], month) for month in MONTHS} == {
        month: {row["code"] for row in made["rows"] if row["month"] == month and row["suppressed"]}
        for month in MONTHS
    }
    assert (made["error_median"], made["error_90"], made["epsilon"]) == (1, 5, 0.5)


def test_a_visit_at_the_turn_of_the_year_counts_in_one_quarter_of_the_city(
    conn: sa.Connection,
) -> None:
    """On the clock of the city: 23:30 in UTC on 31 December is in January already."""
    for number, at in enumerate(
        (
            dt.datetime(2022, 12, 31, 22, 30, tzinfo=dt.UTC),
            dt.datetime(2022, 12, 31, 23, 30, tzinfo=dt.UTC),
        )
    ):
        sightings.add(
            conn,
            Sighting(
                id=UUID(int=number + 1),
                observed_at=at,
                point=shapely.Point(652_000, 6_862_000),
                headcount=5 + number,
                territory="75104",
            ),
        )
    told = {
        quarter: [
            (f"{item.month:%Y-%m}", item.visits, item.heads)
            for item in service.counts(conn, quarter)
            if item.visits
        ]
        for quarter in (Quarter(2022, 4), Quarter(2023, 1))
    }
    assert told == {
        Quarter(2022, 4): [("2022-12", 1, 5)],
        Quarter(2023, 1): [("2023-01", 1, 6)],
    }
