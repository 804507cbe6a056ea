"""The pool gets over what happens to its connections."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from geosites.core.errors import StoreUnavailable
from geosites.db.postgres.compiled import Compiled
from geosites.db.postgres.connection import Store, unavailable

CURRENT = "SELECT pg_current_xact_id()::text"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"


def cut_off_at_work(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(sa.text("SELECT 1"))
        with psycopg.connect(store.url) as other:
            other.execute(f"{END} AND pid <> pg_backend_pid()")
        conn.execute(sa.text("SELECT 1"))


def test_connections_that_were_cut_off_are_replaced(store_url: str) -> None:
    store = Store(store_url, pool_size=2, wait_s=5)
    for _ in range(4):
        with pytest.raises(StoreUnavailable):
            cut_off_at_work(store)
    with store.begin() as conn, store.begin() as another:
        assert conn.execute(sa.text("SELECT 1")).scalar_one() == 1
        assert another.execute(sa.text("SELECT 1")).scalar_one() == 1
    store.close()


def test_idle_connections_that_were_cut_off_cost_one_refusal(store_url: str) -> None:
    store = Store(store_url, pool_size=3, wait_s=5)
    with store.begin() as a, store.begin() as b, store.begin() as c:
        for conn in (a, b, c):
            conn.execute(sa.text("SELECT 1"))
    with psycopg.connect(store_url) as other:
        other.execute(f"{END} AND pid <> pg_backend_pid()")
    with pytest.raises(StoreUnavailable), store.begin() as conn:
        conn.execute(sa.text("SELECT 1"))
    for _ in range(5):
        with store.begin() as conn:
            conn.execute(sa.text("SELECT 1"))
    store.close()


@pytest.mark.parametrize(
    "said",
    ["FATAL: could not write init file", "could not extend file: No space left on device"],
)
def test_a_full_disk_is_known_by_words_where_a_session_is_refused(said: str) -> None:
    """PostgreSQL refuses it before it can tell a code."""
    full = unavailable(psycopg.OperationalError(f"connection failed: {said}"))
    assert "the disk of the database is full" in str(full)
    assert "cannot be reached" in str(unavailable(psycopg.OperationalError("no route to host")))


def test_a_full_disk_is_named_so() -> None:
    full = unavailable(psycopg.errors.DiskFull("could not extend file"))
    assert str(full).startswith("the disk of the database is full")


def test_a_single_statement_commits_by_itself(store_url: str) -> None:
    store = Store(store_url, pool_size=1)
    with store.autocommit() as driver:
        first, second = (driver.execute(CURRENT).fetchone() for _ in range(2))
    assert first != second
    with store.begin() as conn:
        first, second = (conn.execute(sa.text(CURRENT)).scalar_one() for _ in range(2))
    assert first == second
    store.close()


def test_a_lookup_on_a_connection_that_was_cut_off_costs_one_refusal(store_url: str) -> None:
    store = Store(store_url, pool_size=2, wait_s=5)
    with store.autocommit() as driver, store.begin() as another:
        driver.execute("SELECT 1")
        another.execute(sa.text("SELECT 1"))
    with psycopg.connect(store_url) as other:
        other.execute(f"{END} AND pid <> pg_backend_pid()")
    with pytest.raises(StoreUnavailable), store.autocommit() as driver:
        driver.execute("SELECT 1")
    for _ in range(5):
        with store.autocommit() as driver:
            Compiled.once(sa.select(sa.literal(1))).row(driver)
    with psycopg.connect(store_url) as other:
        other.execute(f"{END} AND pid <> pg_backend_pid()")
    with pytest.raises(StoreUnavailable), store.autocommit() as driver:
        Compiled.once(sa.select(sa.literal(1))).row(driver)
    with store.begin() as conn, store.begin() as another:
        assert conn.execute(sa.text("SELECT 1")).scalar_one() == 1
        assert another.execute(sa.text("SELECT 1")).scalar_one() == 1
    store.close()


def test_a_connection_that_failed_on_its_own_opens_transactions_again(store_url: str) -> None:
    store = Store(store_url, pool_size=1)
    with pytest.raises(psycopg.errors.DivisionByZero), store.autocommit() as driver:
        driver.execute("SELECT 1 / 0")
    with store.begin() as conn:
        first, second = (conn.execute(sa.text(CURRENT)).scalar_one() for _ in range(2))
    assert first == second
    store.close()
