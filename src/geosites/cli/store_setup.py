"""From the settings to an open store."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from geosites.cli.output import remarks, say
from geosites.core.errors import StoreUnavailable
from geosites.db import migrate, privileges, territories
from geosites.db.postgres.connection import Store, require_reachable
from geosites.ops.private_postgres import PrivateCluster
from geosites.settings import Settings


def store_url(settings: Settings) -> str:
    """Return the address of the store; the private one is started if need be."""
    if settings.database_url is None:
        cluster = PrivateCluster(settings.home.absolute())
        _say_if_new(cluster)
        return cluster.start()
    require_reachable(settings.database_url)
    return settings.database_url


def _say_if_new(cluster: PrivateCluster) -> None:
    """Say that an empty store is being made: else the wrong folder would answer for the right."""
    try:
        cluster.url()
    except StoreUnavailable:
        said = say(
            "Making a new store under %(home)s (GEOSITES_HOME names another place).",
            home=cluster.home,
        )
        remarks.print(said, markup=False)


def by_command_line() -> dict[str, str]:
    """Return what the journal is told of who works at the machine itself."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return {"geosites.actor": f"os:{name}", "geosites.channel": "command line"}


def service_store(settings: Settings) -> Store:
    """Return the store as the running service opens it: as a role that owns nothing.

    Where another database is set, that is the role of `GEOSITES_SERVICE_URL`, or else the group of
    the service, which the login must belong to.
    """
    said = {"statement_timeout": f"{settings.statement_wait_s}s"}
    if settings.database_url is None:
        url = settings.service_url or PrivateCluster(settings.home.absolute()).service_url()
        return Store(url, pool_size=settings.pool_size, said=said)
    url, role = settings.service_url or settings.database_url, None
    require_reachable(url)
    if settings.service_url is None:
        role = privileges.SERVICE
    return Store(url, pool_size=settings.pool_size, role=role, said=said)


@contextmanager
def open_store(settings: Settings, *, geography: bool = True) -> Iterator[Store]:
    """Open the store, ready for use.

    The private store is brought up to date on the way, and given the geography unless told not
    to. A store that is someone else's to keep is only checked: it raises `StoreUnavailable` where
    migrations are due.
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


def prepare(store: Store, *, geography: bool = True) -> None:
    """Bring the schema up to date, and load the geography into a store that has none."""
    with store.begin() as conn:
        if migrate.current(conn) != migrate.head():
            migrate.upgrade(conn)
        if geography and territories.count(conn) == 0:
            from geosites.imports import geography as geo

            remarks.print("loading territories, sites and care places")
            geo.load(conn)


def _require_schema(store: Store) -> None:
    with store.begin() as conn:
        if migrate.current(conn) != migrate.head():
            raise StoreUnavailable("the schema is not up to date: run `geosites db migrate` first")
