"""Missing database privileges, each reported in a sentence.

Checked before a migration and before the service starts, so that a missing privilege is reported
where it can be granted, and not as an error in the middle of something else.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import sqlalchemy as sa

from geosites.core.errors import Phrase, StoreUnavailable, phrase
from geosites.db.privileges import READER, RIGHTS, SERVICE

EXTENSIONS = ("postgis", "btree_gist")
OLDEST_SERVER = 150_000

_OWN = """
SELECT current_user AS role, current_database() AS database,
       current_setting('server_version_num')::int AS version,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
       (SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user) AS makes_roles,
       has_database_privilege(current_database(), 'CREATE') AS makes_schemas,
       has_schema_privilege('public', 'CREATE') AS makes_tables,
       EXISTS (SELECT FROM pg_namespace WHERE nspname = 'journal') AS journaled
"""
_EXTENSION = """
SELECT v.name, bool_or(v.installed) AS installed, bool_or(v.trusted) AS trusted
FROM pg_available_extension_versions v WHERE v.name = ANY(:names) GROUP BY v.name
"""
_FOREIGN = """
SELECT c.relname, pg_get_userbyid(c.relowner) AS owner
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'journal') AND c.relkind IN ('r', 'p')
AND NOT pg_has_role(current_user, c.relowner, 'USAGE')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname LIMIT 1
"""
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"
_LACKING = """
SELECT name, usable FROM (
    SELECT name, has_table_privilege(to_regclass(name), 'SELECT') AS usable
    FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL
) AS each WHERE NOT usable
"""


def require_can_migrate(conn: sa.Connection) -> None:
    """Raise `StoreUnavailable` for the first right that a migration lacks."""
    for missing in missing_to_migrate(conn):
        raise StoreUnavailable(missing)


def missing_to_migrate(conn: sa.Connection) -> Iterator[Phrase]:
    """Yield the privileges that the owner's login lacks to create and change the schema."""
    own = conn.execute(sa.text(_OWN)).one()
    if own.version < OLDEST_SERVER:
        yield phrase("the server is older than PostgreSQL 15")
    if own.superuser:
        yield from _unavailable(conn)
        return
    yield from _unavailable(conn)
    known = {row.name: row for row in conn.execute(sa.text(_EXTENSION), {"names": [*EXTENSIONS]})}
    for name, row in known.items():
        if not row.installed and not (row.trusted and own.makes_schemas):
            yield phrase(
                "%(role)s may not create the extension %(name)s: an administrator runs "
                "`CREATE EXTENSION %(name)s` in the database %(database)s",
                role=own.role,
                name=name,
                database=own.database,
            )
    yield from _missing_of_owner(conn, own)


def _missing_of_owner(conn: sa.Connection, own: sa.Row[tuple[object, ...]]) -> Iterator[Phrase]:
    if not own.journaled and not own.makes_schemas:
        yield _lacks("CREATE", "database", own.database, own.role)
    if not own.makes_tables:
        yield _lacks("CREATE", "schema", "public", own.role)
    roles = {name for (name,) in conn.execute(sa.text(_ROLES), {"names": [SERVICE, READER]})}
    for name in (SERVICE, READER):
        if name not in roles and not own.makes_roles:
            yield phrase(
                "%(role)s may not create the role %(name)s: an administrator runs "
                "`CREATE ROLE %(name)s NOLOGIN`",
                role=own.role,
                name=name,
            )
    foreign = conn.execute(sa.text(_FOREIGN)).one_or_none()
    if foreign is not None:
        yield phrase(
            "the table %(table)s belongs to %(owner)s, and %(role)s is not a member of that role",
            table=foreign.relname,
            owner=foreign.owner,
            role=own.role,
        )


def _unavailable(conn: sa.Connection) -> Iterator[Phrase]:
    known = {row.name for row in conn.execute(sa.text(_EXTENSION), {"names": [*EXTENSIONS]})}
    for name in EXTENSIONS:
        if name not in known:
            yield phrase(
                "the server has no extension %(name)s: its package has to be installed there",
                name=name,
            )


def missing_to_serve(conn: sa.Connection) -> Iterator[Phrase]:
    """Yield what the login of the service lacks; the schema is there."""
    role = conn.execute(sa.text("SELECT current_user")).scalar_one()
    member = sa.text(
        "SELECT pg_has_role(current_user, oid, 'USAGE') FROM pg_roles WHERE rolname = :name"
    )
    if not conn.execute(member, {"name": SERVICE}).scalar():
        yield phrase(
            "%(role)s is not a member of %(name)s: an administrator runs "
            "`GRANT %(name)s TO %(role)s`",
            role=role,
            name=SERVICE,
        )
        return
    for schema in ("public", "journal"):
        usable = sa.text("SELECT has_schema_privilege(:name, 'USAGE')")
        if not conn.execute(usable, {"name": schema}).scalar():
            yield _lacks("USAGE", "schema", schema, role)
            return
    for row in conn.execute(sa.text(_LACKING), {"names": sorted(RIGHTS)}):
        yield _lacks("SELECT", "table", row.name, role)


def _lacks(right: str, kind: str, name: str, role: str) -> Phrase:
    """Return the message that a role lacks a privilege; SQL keywords are not translated."""
    return phrase(
        "%(role)s lacks the right %(right)s on %(kind)s %(name)s: an administrator runs "
        "`GRANT %(right)s ON %(kind)s %(name)s TO %(role)s`",
        role=role,
        right=right,
        kind=kind.upper(),
        name=name,
    )


def refusal(error: BaseException | None) -> Phrase | None:
    """Return the message of a driver error about a missing privilege, or None for others."""
    if not isinstance(error, psycopg.errors.InsufficientPrivilege):
        return None
    return phrase(
        "a right is missing in the database: %(why)s; `geosites check` says which",
        why=" ".join(str(error).partition("\n")[0].split()),
    )
