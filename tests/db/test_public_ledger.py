"""The ledger of public tables against those who would have it forget what was spent."""

from __future__ import annotations

import datetime as dt
import threading
import time
from fractions import Fraction

import pytest
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.core.quarters import Quarter
from geosites.db.postgres.connection import Store
from geosites.db.publication import public_tables
from geosites.db.publication.public_tables import PublicRelease

NOW = dt.datetime(2023, 4, 3, 9, tzinfo=dt.UTC)
BUDGET = Fraction(2)


def made(
    number: int = 1,
    epsilon: Fraction = Fraction(3, 2),
    revision: int = 1,
    at: dt.datetime = NOW,
    year: int = 2022,
) -> PublicRelease:
    return PublicRelease(
        quarter=Quarter(year, number),
        revision=revision,
        epsilon=epsilon,
        budget=BUDGET,
        released_at=at,
        rows=[],
    )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM public_table",
        "UPDATE public_table SET epsilon = 0.001",
        "UPDATE public_table SET quarter = '2021-01-01'",
        "UPDATE public_table SET budget = 99",
        "TRUNCATE public_table",
    ],
)
def test_what_was_spent_cannot_be_made_unspent(conn: sa.Connection, statement: str) -> None:
    public_tables.add(conn, made())
    with pytest.raises(sa.exc.IntegrityError, match="what it spent is spent"), conn.begin_nested():
        conn.execute(sa.text(statement))
    assert public_tables.spent(conn, 2022) == Fraction(3, 2)


@pytest.mark.parametrize("epsilon", ["-0.5", "0", "2.001"])
def test_no_release_gives_back_or_spends_nothing(conn: sa.Connection, epsilon: str) -> None:
    public_tables.add(conn, made(epsilon=Fraction(1, 2)))
    with pytest.raises((Refused, sa.exc.IntegrityError)), conn.begin_nested():
        public_tables.add(conn, made(2, Fraction(epsilon)))
    assert public_tables.spent(conn, 2022) == Fraction(1, 2)


def test_a_clock_that_goes_back_gives_nothing_back(conn: sa.Connection) -> None:
    public_tables.add(conn, made())
    with pytest.raises(Refused, match="the privacy budget of 2022 does not allow it"):
        public_tables.add(conn, made(2, at=NOW - dt.timedelta(days=500)))


def test_a_year_bears_its_own_quarters_alone(conn: sa.Connection) -> None:
    """The budget is that of the year of the quarter, whenever it is released."""
    public_tables.add(conn, made(4, at=dt.datetime(2023, 1, 2, tzinfo=dt.UTC)))
    public_tables.add(conn, made(1, year=2023))
    spent = [public_tables.spent(conn, year) for year in (2021, 2022, 2023)]
    assert spent == [0, Fraction(3, 2), Fraction(3, 2)]
    with pytest.raises(Refused):
        public_tables.add(conn, made(4, Fraction(1), revision=2, at=NOW))


@pytest.mark.parametrize("number", [1, 2], ids=["same quarter", "another quarter"])
def test_two_who_spend_at_once_spend_once(store: Store, number: int) -> None:
    """The second waits for the first, and then sees what it spent, whoever holds no lock."""
    outcome: list[str] = []

    def second() -> None:
        statement = sa.text(
            "INSERT INTO public_table VALUES (:day, 2, 1.5, 2, now(), '[]')"
        ).bindparams(day=dt.date(2022, 3 * number - 2, 1))
        try:
            with store.begin() as conn:
                conn.execute(statement)
            outcome.append("spent")
        except sa.exc.IntegrityError as error:
            outcome.append(str(error))

    with store.begin() as conn:
        public_tables.add(conn, made())
        other = threading.Thread(target=second)
        other.start()
        deadline = time.monotonic() + 60
        while not waiting(conn) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert waiting(conn)
    other.join(timeout=60)
    assert len(outcome) == 1
    assert "privacy budget spent" in outcome[0]
    with store.begin() as conn:
        assert public_tables.spent(conn, 2022) == Fraction(3, 2)


def waiting(conn: sa.Connection) -> bool:
    """Return whether somebody waits for an advisory lock."""
    return bool(
        conn.execute(
            sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        ).scalar_one()
    )


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_nobody_spends_by_an_old_view_of_the_ledger(store: Store, level: str) -> None:
    with store.engine.connect() as conn, conn.begin():
        conn.execute(sa.text(f"SET TRANSACTION ISOLATION LEVEL {level}"))
        with pytest.raises(sa.exc.IntegrityError, match="older view of the ledger"):
            public_tables.add(conn, made())
