"""Open the database that the settings name."""

from __future__ import annotations

import datetime as dt
import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from geosites.cli.console.language import say
from geosites.cli.console.output import remarks
from geosites.core.errors import StoreUnavailable
from geosites.db import migrate, privileges
from geosites.db.access import missing_privileges
from geosites.db.geography import territories
from geosites.db.maintenance import exercise_calendar
from geosites.db.migrate import SchemaState
from geosites.db.postgres.connection import Store, require_reachable
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.paths import recall
from geosites.settings import Settings


def store_url(settings: Settings) -> str:
    """Return the address of the database; the private one is started if needed."""
    if settings.database_url is None:
        cluster = PrivateCluster(settings.home.absolute())
        _warn_if_new(cluster)
        return cluster.start()
    require_reachable(settings.database_url)
    return settings.database_url


def _warn_if_new(cluster: PrivateCluster) -> None:
    """Print that a database is being created: a wrong GEOSITES_HOME would go unnoticed."""
    try:
        cluster.url()
    except StoreUnavailable:
        message = say(
            "Creating a new database under %(home)s (set GEOSITES_HOME for another folder).",
            home=cluster.home,
        )
        remarks.print(message, markup=False)


def written_folders(settings: Settings) -> dict[str, Path]:
    """Return the folders on whose disks the service depends, by name."""
    home = settings.home.absolute()
    folders = {"home": home, "temporary": Path(tempfile.gettempdir())}
    if settings.database_url is None:
        place = recall(home)
        folders |= {"database": place.folder} if place else {}
    return folders


def by_command_line() -> dict[str, str]:
    """Return the session settings by which the journal names the user of this machine."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return {"geosites.actor": f"os:{name}", "geosites.channel": "command line"}


def service_store(settings: Settings) -> Store:
    """Return the store for the running service, connected as a role that owns no table.

    With `GEOSITES_DATABASE_URL` set, that is the role of `GEOSITES_SERVICE_URL`, or else the group
    role of the service, which the login must be a member of.
    """
    session = {"statement_timeout": f"{settings.statement_wait_s}s"}
    if settings.database_url is None:
        url = settings.service_url or PrivateCluster(settings.home.absolute()).service_url()
        return Store(url, pool_size=settings.pool_size, said=session)
    url, role = settings.service_url or settings.database_url, None
    require_reachable(url)
    if settings.service_url is None:
        role = privileges.SERVICE
    return Store(url, pool_size=settings.pool_size, role=role, said=session)


def require_service_rights(settings: Settings) -> None:
    """Raise `StoreUnavailable` for the first right that the service lacks in another database."""
    if settings.database_url is None and settings.service_url is None:
        return
    url = settings.service_url or settings.database_url or ""
    require_reachable(url)
    store = Store(url, pool_size=1)
    try:
        with store.begin() as conn:
            for missing in missing_privileges.missing_to_serve(conn):
                raise StoreUnavailable(missing)
    finally:
        store.close()


@contextmanager
def open_store(settings: Settings, *, geography: bool = True) -> Iterator[Store]:
    """Open the store.

    The private database is migrated, and the geography loaded unless `geography` is False. Another
    database is only checked: raises `StoreUnavailable` where migrations are due.
    """
    store = Store(store_url(settings), pool_size=settings.pool_size, said=by_command_line())
    try:
        if settings.database_url is None:
            prepare(store, geography=geography)
        else:
            _require_schema(store)
        yield store
    finally:
        store.close()


def present(conn: sa.Connection) -> dt.datetime:
    """Return the current instant: in an exercise by its own calendar."""
    return exercise_calendar.present(conn, dt.datetime.now(dt.UTC))


def prepare(store: Store, *, geography: bool = True) -> None:
    """Migrate the schema, and load the geography into a store that has none."""
    with store.begin() as conn:
        state = migrate.state(conn)
        if state is SchemaState.NEWER:
            raise StoreUnavailable(migrate.TOO_NEW)
        if state in (SchemaState.NONE, SchemaState.OLDER):
            migrate.upgrade(conn)
        if geography and territories.count(conn) == 0:
            from geosites.imports import geography as geo

            remarks.print(say("Loading territories, sites and care places."))
            geo.load(conn)


def _require_schema(store: Store) -> None:
    with store.begin() as conn:
        state = migrate.state(conn)
        if state is SchemaState.NEWER:
            raise StoreUnavailable(migrate.TOO_NEW)
        if state in (SchemaState.NONE, SchemaState.OLDER):
            raise StoreUnavailable("the schema is not up to date: run `geosites db migrate` first")
