"""The schema has one road, and it leads both ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from geosites.core.errors import StoreUnavailable
from geosites.db import migrate
from geosites.db.geography import territories
from geosites.db.migrate import SchemaState
from geosites.db.postgres.connection import Store
from geosites.imports import geography


def test_the_migrations_make_just_what_the_tables_say(conn: sa.Connection) -> None:
    migrate.check(conn)
    assert migrate.current(conn) == migrate.head()


def test_down_to_nothing_and_up_again(new_database: Callable[..., str]) -> None:
    store = Store(new_database())
    ours = sa.text(
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'i', 'S') AND relname NOT IN"
        " ('spatial_ref_sys', 'spatial_ref_sys_pkey', 'alembic_version', 'alembic_version_pkc')"
    )
    with store.begin() as conn:
        migrate.upgrade(conn)
        geography.load(conn)
    with store.begin() as conn:
        migrate.downgrade(conn)
        assert list(conn.execute(ours).scalars()) == []
    with store.begin() as conn:
        migrate.upgrade(conn)
        migrate.check(conn)
        assert territories.count(conn) == 0
    store.close()


def test_each_spatial_column_has_one_index(conn: sa.Connection) -> None:
    rows = conn.execute(
        sa.text(
            "SELECT tablename, count(*) FROM pg_indexes WHERE schemaname = 'public'"
            " AND indexdef LIKE '%USING gist (point)%' OR indexdef LIKE '%USING gist (area)%'"
            " OR indexdef LIKE '%USING gist (perimeter)%' GROUP BY tablename"
        )
    )
    assert dict(tuple(row) for row in rows) == {
        "sighting": 1,
        "operation": 1,
        "site": 1,
        "territory": 1,
    }


def test_a_database_that_cannot_be_reached_is_named_so() -> None:
    store = Store("host=/nowhere dbname=none", wait_s=0.2)
    with pytest.raises(StoreUnavailable, match="cannot be reached"), store.begin():
        pass
    store.close()


def test_the_newest_file_is_the_revision_that_alembic_ends_at(conn: sa.Connection) -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert migrate.head() == scripts.get_current_head()
    assert migrate.current(conn) == MigrationContext.configure(conn).get_current_revision()


def test_a_store_without_a_schema_is_at_no_revision(new_database: Callable[..., str]) -> None:
    store = Store(new_database())
    with store.begin() as conn:
        assert migrate.current(conn) is None
        migrate.upgrade(conn, "0003")
        assert migrate.current(conn) == "0003"
        migrate.downgrade(conn)
        assert migrate.current(conn) is None
    store.close()


def test_a_schema_of_the_next_release_is_served_and_one_beyond_it_is_called_newer(
    store: Store,
) -> None:
    note = "COMMENT ON TABLE alembic_version IS 'served by code of schema {}'"
    with store.begin() as conn:
        assert migrate.state(conn) is SchemaState.CURRENT
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9001'"))
        conn.execute(sa.text(note.format(migrate.head())))
        assert migrate.state(conn) is SchemaState.AHEAD
        conn.execute(sa.text(note.format("9000")))
        assert migrate.state(conn) is SchemaState.NEWER
        conn.execute(sa.text("COMMENT ON TABLE alembic_version IS NULL"))
        assert migrate.state(conn) is SchemaState.NEWER
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        assert migrate.state(conn) is SchemaState.OLDER


_SHAPE = """
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema IN ('public', 'journal')
"""
_REFUSING = """
SELECT table_schema, table_name, column_name FROM information_schema.columns
WHERE table_schema IN ('public', 'journal') AND is_nullable = 'NO' AND column_default IS NULL
AND is_identity = 'NO' AND is_generated = 'NEVER'
"""


def test_migrations_since_the_last_release_only_add(new_database: Callable[..., str]) -> None:
    """The code of the last release goes on while they are made, and after a way back."""
    store = Store(new_database())
    with store.begin() as conn:
        migrate.upgrade(conn, migrate.SERVES_SINCE)
        shape = set(map(tuple, conn.execute(sa.text(_SHAPE))))
        refusing = set(map(tuple, conn.execute(sa.text(_REFUSING))))
        migrate.upgrade(conn)
        after = set(map(tuple, conn.execute(sa.text(_SHAPE))))
        refusing_after = set(map(tuple, conn.execute(sa.text(_REFUSING))))
        assert migrate.state(conn) is SchemaState.CURRENT
    store.close()
    assert shape - after == set()
    known = {table for _, table, _, _ in shape}
    added = {row for row in refusing_after - refusing if row[1] in known}
    assert added == set(), "old code does not fill these"
