"""The connection pool, and the only function that opens a transaction."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.pool import NullPool

from geosites.core import city, deadline
from geosites.core.errors import StoreUnavailable
from geosites.db.postgres.sql_types import Driver

PROBE_S = 5
CANCEL_WAIT_S = 2.0
ALIVE: Mapping[str, Any] = {
    "connect_timeout": PROBE_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq settings: a connection whose other end silently disappeared fails after some 25 s."""
_LOOK_S = 2
_GIVE_UP_S = 2.0
"""Time after which reconnection starts afresh: increasing delays would outlast the outage."""


def require_reachable(url: str) -> None:
    """Raise `StoreUnavailable`, saying why, where no connection to `url` can be had at once."""
    try:
        psycopg.connect(url, **ALIVE).close()
    except psycopg.OperationalError as error:
        raise unavailable(error) from error
    except psycopg.ProgrammingError as error:
        raise StoreUnavailable(
            "the address of the database is not one like postgresql://user@host:5432/name"
        ) from error


_FULL = ("No space left on device", "could not write init file")
"""How PostgreSQL refuses a session where the disk is full: by words, without a code."""


def unavailable(error: BaseException | None) -> StoreUnavailable:
    """Return the error for callers: the database cannot be used at the moment."""
    why = " ".join(str(error).split())
    if isinstance(error, psycopg.errors.DiskFull) or any(said in why for said in _FULL):
        return StoreUnavailable("the disk of the database is full: %(error)s", error=why)
    return StoreUnavailable("the database cannot be reached: %(error)s", error=why)


@dataclass(frozen=True)
class Use:
    """Number of connections in use, and of callers waiting for one."""

    in_use: int
    waiting: int


class _Lent(Driver):
    """A connection of the pool, which closing gives back to it, even once it is broken.

    psycopg gives back only what still works; the pool would count the others as in use for ever.
    """

    def close(self) -> None:
        """Give it back, once."""
        pool: ConnectionPool[_Lent] | None = getattr(self, "_pool", None)
        if self.closed and pool is not None:
            pool.putconn(self)
            self._pool = None
        else:
            super().close()

    def stop(self) -> None:
        """Cancel the running statement; called from another thread.

        If the server does not even accept the cancellation, the connection is dropped: its caller
        gets an error at once, and the pool opens another one.
        """
        try:
            self.cancel_safe(timeout=CANCEL_WAIT_S)
        except psycopg.Error:
            with (
                suppress(OSError, psycopg.Error),
                socket.socket(fileno=os.dup(self.fileno())) as line,
            ):
                line.shutdown(socket.SHUT_RDWR)


def _check(*_: object) -> None:
    """Let no statement begin past the deadline."""
    deadline.check()


@contextmanager
def _by_deadline(driver: _Lent) -> Iterator[None]:
    """Run statements on a connection until the deadline of the work, which cancels them.

    The connection is given back after a cancellation under way; PostgreSQL ignores one that comes
    between two statements.
    """
    current = deadline.current()
    if current is None:
        yield
        return
    try:
        with current.cancelled_by(driver.stop):
            yield
    except (psycopg.errors.QueryCanceled, sa.exc.OperationalError) as error:
        if current.over and isinstance(getattr(error, "orig", error), psycopg.errors.QueryCanceled):
            current.check()
        raise


_MAY_ASK = "SELECT has_table_privilege(to_regclass('mark'), 'SELECT')"
_ASK_CITY = "SELECT value FROM mark WHERE name = 'city'"


def _try_on(pool: ConnectionPool[_Lent]) -> None:
    """Try again for those who wait."""
    if not pool.closed:
        pool.check()


def _take_back(connection: _Lent) -> None:
    """Reset a connection so that it can open transactions again; if that fails, close it.

    This is not left to the pool, which resets in a thread of its own, for which others then wait.
    """
    try:
        connection.autocommit = False
    except psycopg.Error:
        connection.pgconn.finish()


class Store:
    """A pool of connections to one PostGIS database.

    The pool is psycopg's; SQLAlchemy takes connections from it and has no pool of its own.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        wait_s: float = 10.0,
        role: str | None = None,
        said: Mapping[str, str] | None = None,
    ) -> None:
        """Open nothing yet. `role` is set in every session, and the settings in `said`, such as
        `geosites.actor`, are valid until a transaction changes them.
        """
        self.url = url
        self.pool_size = pool_size
        self._role, self._said = role, dict(said or {})
        self._entered = False
        self._pool: ConnectionPool[_Lent] = ConnectionPool(
            url,
            connection_class=_Lent,
            min_size=0,
            max_size=pool_size,
            timeout=wait_s,
            close_returns=True,
            reconnect_timeout=_GIVE_UP_S,
            reconnect_failed=_try_on,
            open=True,
            configure=self._configure,
            kwargs={"autocommit": False, "application_name": "geosites", **ALIVE},
        )
        self.engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._pool.getconn,
            poolclass=NullPool,
            hide_parameters=True,
        )
        sa.event.listen(self.engine, "before_cursor_execute", _check)
        self._outside = sa.create_engine(
            "postgresql+psycopg://", creator=self._dial, poolclass=NullPool, hide_parameters=True
        )

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a transaction; it commits at the end of the block, or rolls back on an error.

        Raises `StoreUnavailable` where the database cannot be reached.
        """
        driver: Any = None
        try:
            with self.engine.begin() as conn:
                driver = conn.connection.driver_connection
                with _by_deadline(driver):
                    self._enter_city(driver)
                    yield conn
        except (PoolTimeout, psycopg.OperationalError) as error:
            if driver is not None and driver.closed:
                self._pool.drain()  # those that lie idle may be cut off too
            raise unavailable(error) from error
        except sa.exc.OperationalError as error:
            if error.connection_invalidated:
                self._pool.drain()  # where one was cut off, those that lie idle may be too
            raise unavailable(error.orig) from error

    def _enter_city(self, driver: Driver) -> None:
        """Make this process use the city of the store, before its first transaction.

        The city is read in a separate transaction, so that later ones can choose their isolation
        level.
        """
        if self._entered:
            return
        with driver.transaction():
            may = driver.execute(_MAY_ASK).fetchone()
            kept = driver.execute(_ASK_CITY).fetchone() if may and may[0] else None
        city.enter(None if kept is None else str(kept[0]))
        self._entered = True

    @contextmanager
    def autocommit(self) -> Iterator[Driver]:
        """Lend a connection of the driver on which each statement is a transaction of its own.

        A single lookup so takes one round trip, where `begin` takes three. Raises as `begin`.
        """
        driver: _Lent | None = None
        try:
            driver = self._pool.getconn()
            driver.autocommit = True
            with _by_deadline(driver):
                self._enter_city(driver)
                yield driver
        except (PoolTimeout, psycopg.OperationalError) as error:
            if driver is not None and driver.closed:
                self._pool.drain()  # those that lie idle may be cut off too
            raise unavailable(error) from error
        finally:
            if driver is not None:
                _take_back(driver)
                driver.close()

    @contextmanager
    def outside_pool(self) -> Iterator[sa.Connection]:
        """Open a transaction on a new connection, to check a database whose pool may hang.

        Its statements have two seconds each. Errors of the driver are raised unchanged.
        """
        with self._outside.begin() as conn:
            conn.execute(sa.text(f"SET LOCAL statement_timeout = '{_LOOK_S}s'"))
            yield conn

    def _dial(self) -> Driver:
        told = {**ALIVE, "connect_timeout": _LOOK_S, "application_name": "geosites look"}
        connection: Driver = psycopg.connect(self.url, **told)
        self._configure(connection)
        return connection

    def _configure(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        with connection.transaction():
            if self._role is not None:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self._role)))
            for name, value in self._said.items():
                connection.execute("SELECT set_config(%s, %s, false)", (name, value))

    def use(self) -> Use:
        """Return how busy the pool is."""
        result = self._pool.get_stats()
        return Use(result["pool_size"] - result["pool_available"], result["requests_waiting"])

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._pool.close()
