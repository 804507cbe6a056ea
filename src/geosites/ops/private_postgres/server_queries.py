"""Information that a running server gives over a connection."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres.paths import Place

_PATIENCE_S = 5
_ADMIT = """
DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('geosites_web'));
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geosites_web') THEN
        CREATE ROLE geosites_web LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geosites_service') THEN
        CREATE ROLE geosites_service NOLOGIN;
    END IF;
    GRANT geosites_service TO geosites_web;
END
$$
"""


def served_version(place: Place) -> str | None:
    """Return the version of the server, such as `15.18`, if `geosites` can be used by us, now."""
    try:
        with psycopg.connect(place.url(), connect_timeout=_PATIENCE_S) as connection:
            major, minor = divmod(connection.info.server_version, 10_000)
    except psycopg.OperationalError:
        return None
    return f"{major}.{minor}"


def are_taken(place: Place) -> bool:
    """Return whether the server has come up; whom it lets in is another question."""
    address = f"{place.url('postgres')}&connect_timeout=2"
    return psycopg.pq.PGconn.ping(address.encode()) == psycopg.pq.Ping.OK


def is_heard(place: Place) -> bool:
    """Return whether any process at all listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(place.socket))
        except OSError:
            return False
    return True


def create_database(place: Place) -> None:
    """Make the database `geosites` unless it is there."""
    with _session(place.url("postgres")) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'geosites'")
        if known.fetchone() is None:
            connection.execute("CREATE DATABASE geosites")


def admit_service(place: Place) -> None:
    """Create the service's login role, which owns nothing; its privileges come from its group."""
    with _session(place.url()) as connection:
        connection.execute(_ADMIT)


@contextmanager
def _session(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise StoreUnavailable("PostgreSQL refuses a session: %(error)s", error=error) from error
