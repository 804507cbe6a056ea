"""Restore a backup: into a new database, which replaces the old one once it is verified.

If it is killed, the old store remains as it was; the next run removes what was left unfinished.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geosites.core.errors import Refused, StoreUnavailable, phrase
from geosites.db import journal, migrate, privileges
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.ops.backup.create import Progress, back_up
from geosites.ops.backup.manifest import BackupManifest
from geosites.ops.backup.read import pour, read_about

Maintenance = psycopg.Connection[tuple[object, ...]]

_NEW, _OLD = "_restoring", "_replaced"
_OPEN = """
SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), 'unnamed'), ', ')
FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_GRANTED = """
SELECT pg_get_userbyid(nullif(granted.grantee, 0)), granted.privilege_type
FROM pg_database, aclexplode(datacl) AS granted
WHERE datname = %s AND granted.grantee <> datdba
"""
"""Rights to a database given to others than its owner, null for everybody; no row by default."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """Result of a restore; `kept` is the backup of the replaced store, or None."""

    about: BackupManifest
    kept: Path | None


def restore(
    store: Store, file: Path, *, keep: Path | None = None, progress: Progress | None = None
) -> Restored:
    """Replace the store by a backup, atomically, and migrate it to the newest schema.

    A store with rows is replaced only if `keep` names a file, to which it is backed up first.
    Raises `Refused` for an invalid file, for existing rows, and while others are connected.
    """
    about = read_about(file)
    name = _name(store.url)
    with _maintaining(store.url) as conn, _alone(conn, name):
        replaced = _make_way(store, keep)
        _clear(conn, name)
        try:
            _create(conn, store.url)
            _fill(_of(store.url, name + _NEW), file, about, progress)
            _swap(conn, name)
        finally:
            _clear(conn, name)
    return Restored(about=about, kept=replaced)


def fill(url: str, file: Path, about: BackupManifest, progress: Progress | None = None) -> None:
    """Restore a backup into an empty database and compare it with the manifest.

    Raises `Refused` for differences.
    """
    pour(file, about, url, progress)
    store = Store(url, pool_size=1)
    try:
        with store.begin() as conn:
            result = table_digests.contents(conn)
    finally:
        store.close()
    if wrong := differences(about, result):
        raise Refused("what was restored is not what was saved: %(wrong)s", wrong="; ".join(wrong))


def differences(about: BackupManifest, found: dict[str, table_digests.Content]) -> list[str]:
    """Return what differs between a backup and a store, a sentence a table."""
    return [
        phrase(
            "%(table)s: %(saved)s, restored %(restored)s",
            table=table,
            saved=_content(about.tables.get(table)),
            restored=_content(found.get(table)),
        )
        for table in sorted({*about.tables, *found})
        if about.tables.get(table) != found.get(table)
    ]


def _content(content: table_digests.Content | None) -> str:
    if content is None:
        return phrase("no table")
    return phrase("%(rows)s rows (%(digest)s)", rows=content.rows, digest=content.digest)


def _fill(url: str, file: Path, about: BackupManifest, progress: Progress | None) -> None:
    fill(url, file, about, progress)
    store = Store(url, pool_size=1)
    try:
        with store.begin() as conn:
            migrate.upgrade(conn)
            privileges.apply(conn)
            journal.communicated(conn, "restore", (f"sha256 {about.sha256}",), file.name)
    finally:
        store.close()


def _make_way(store: Store, keep: Path | None) -> Path | None:
    with store.begin() as conn:
        empty = table_digests.is_empty(conn)
    if not empty and keep is None:
        raise Refused("the store holds rows: add --replace, which backs it up first")
    if not empty and keep is not None:
        back_up(store, keep)
    store.close()
    return None if empty else keep


@contextmanager
def _maintaining(url: str) -> Iterator[Maintenance]:
    """Yield a connection to another database, by which this one can be renamed."""
    try:
        maintenance = make_conninfo(_of(url, "postgres"), client_encoding="utf8")
        with psycopg.connect(maintenance, autocommit=True) as conn:
            yield conn
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refused(
            "the login may not create or rename databases, which a restore needs: %(error)s",
            error=error,
        ) from error
    except psycopg.OperationalError as error:
        raise StoreUnavailable("the server cannot be reached: %(error)s", error=error) from error


@contextmanager
def _alone(conn: Maintenance, name: str) -> Iterator[None]:
    taken = conn.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (f"restore {name}",))
    if taken.fetchone() != (True,):
        raise Refused("another restore of %(name)s is under way", name=name)
    _require_nobody(conn, name)
    yield


def _require_nobody(conn: Maintenance, name: str) -> None:
    row = conn.execute(_OPEN, (name,)).fetchone()
    if row is not None and row[0] is not None:
        raise Refused(
            "the store is in use (%(users)s): stop the service and other programs first",
            users=row[0],
        )


def _create(conn: Maintenance, url: str) -> None:
    """Create the new database beside the old one, with the same privileges to connect.

    If the old one has no tables of geosites, it is copied: an administrator has installed the
    extensions there, which the login may not be allowed to create.
    """
    name = _name(url)
    new, template = name + _NEW, sql.Identifier(name if _bare(conn, url) else "template0")
    statement = "CREATE DATABASE {} TEMPLATE {}"
    conn.execute(sql.SQL(statement).format(sql.Identifier(new), template))
    granted = conn.execute(_GRANTED, (name,)).fetchall()
    if not granted:
        return
    everybody = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC")
    conn.execute(everybody.format(sql.Identifier(new)))
    for role, right in granted:
        grant = sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
            sql.SQL(str(right)),
            sql.Identifier(new),
            sql.SQL("PUBLIC") if role is None else sql.Identifier(str(role)),
        )
        conn.execute(grant)


def _bare(conn: Maintenance, url: str) -> bool:
    """Return whether a database exists and has no tables of geosites."""
    there = "SELECT 1 FROM pg_database WHERE datname = %s"
    if conn.execute(there, (_name(url),)).fetchone() is None:
        return False
    with psycopg.connect(url) as own:
        row = own.execute("SELECT to_regclass('alembic_version') IS NULL").fetchone()
    return row == (True,)


def _swap(conn: Maintenance, name: str) -> None:
    """Give the new database the name of the old one; both happen or neither."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with conn.transaction():
            for before, after in ((name, name + _OLD), (name + _NEW, name)):
                conn.execute(rename.format(sql.Identifier(before), sql.Identifier(after)))
    except psycopg.errors.ObjectInUse as error:
        raise Refused("somebody has connected to the store meanwhile: nothing changed") from error


def _clear(conn: Maintenance, name: str) -> None:
    """Remove databases left by a restore: unfinished and replaced ones."""
    known = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    for ending in (_NEW, *((_OLD,) if known else ())):
        statement = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
        conn.execute(sql.SQL(statement).format(sql.Identifier(name + ending)))


def _name(url: str) -> str:
    return str(conninfo_to_dict(url).get("dbname") or "geosites")


def _of(url: str, database: str) -> str:
    return make_conninfo(url, dbname=database)
