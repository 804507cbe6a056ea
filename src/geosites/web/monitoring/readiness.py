"""Readiness probe: answers within a second, whatever the state of database and disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg
import sqlalchemy as sa

from geosites.core.errors import StoreUnavailable
from geosites.core.single_flight import SingleFlight
from geosites.db import migrate
from geosites.db.access import missing_privileges
from geosites.db.geography import territories
from geosites.db.migrate import SchemaState
from geosites.db.postgres.connection import Store, unavailable
from geosites.ops import disk_space

WITHIN_S = 0.75


class Readiness:
    """Checks disks and database through a connection outside the pool, one check at a time."""

    def __init__(self, store: Store, folders: Mapping[str, Path], least_free: int) -> None:
        """`folders`: those that are written to, by what they are called; `least_free` in bytes."""
        self._store, self._folders, self._least_free = store, folders, least_free
        self._look = SingleFlight(self._territories)

    async def territories(self) -> int:
        """Return the number of territories in the store.

        Raises `StoreUnavailable` with the reason if the service cannot answer.
        """
        try:
            return await self._look.result(WITHIN_S)
        except TimeoutError as error:
            raise StoreUnavailable(
                "the database does not answer within %(seconds)s s", seconds=WITHIN_S
            ) from error

    def _territories(self) -> int:
        for name, room in disk_space.rooms(self._folders):
            if room.short(self._least_free):
                raise StoreUnavailable(
                    "the disk of the folder %(name)s is nearly full: %(free)s MB are free",
                    name=name,
                    free=room.free // 1_000_000,
                )
        try:
            with self._store.outside_pool() as conn:
                return _loaded(conn)
        except sa.exc.DBAPIError as error:
            raise self._reason(error.orig) from error
        except psycopg.Error as error:
            raise self._reason(error) from error

    def _reason(self, error: BaseException | None) -> StoreUnavailable:
        """Return why the store cannot be used: a right that is missing is named."""
        if isinstance(error, psycopg.errors.UndefinedFunction):
            return StoreUnavailable("PostGIS does not answer in the store")
        missing = missing_privileges.refusal(error)
        if missing is None:
            return unavailable(error)
        with self._store.outside_pool() as conn:
            named = next(missing_privileges.missing_to_serve(conn), missing)
        return StoreUnavailable(named)


def _loaded(conn: sa.Connection) -> int:
    state = migrate.state(conn)
    if state is SchemaState.NEWER:
        raise StoreUnavailable(migrate.TOO_NEW)
    if state in (SchemaState.NONE, SchemaState.OLDER):
        raise StoreUnavailable("the schema is not up to date (geosites db migrate)")
    conn.execute(sa.select(sa.func.postgis_lib_version()))
    loaded = territories.count(conn)
    if loaded == 0:
        raise StoreUnavailable("the store has no territories; load them first (geosites geo load)")
    return loaded
