"""The service owns nothing: it adds, closes, and is kept from everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from conftest import database_name
from geosites.core.errors import Conflict
from geosites.core.precision import Precision
from geosites.db import journal, journal_entries, privileges
from geosites.db.features import collections
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.db.schema import conventions
from geosites.db.visibility import Sight
from geosites.ops.private_postgres import PrivateCluster
from samples.journal_samples import a_sighting, plan_of
from stores.small_exercise import FORCEVAL

REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def service(
    cluster: PrivateCluster, template: str, new_database: Callable[..., str]
) -> Iterator[Store]:
    """Return a store as the service signs in to it."""
    name = database_name(new_database(template))
    own = Store(cluster.service_url().replace("/geosites?", f"/{name}?"))
    yield own
    own.close()


def test_the_service_signs_in_as_a_role_that_owns_nothing(service: Store) -> None:
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
    can = (
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    with service.begin() as conn:
        assert conn.execute(sa.text("SELECT current_user")).scalar_one() == "geosites_web"
        assert conn.execute(sa.text(owned)).scalar_one() == 0
        assert conn.execute(sa.text(can)).scalar_one() is False


def test_the_service_records_and_corrects_and_its_journal_is_written(service: Store) -> None:
    one = a_sighting()
    with service.begin() as conn:
        journal.act_as(conn, journal.Operator(login="a"), "api")
        sightings.add(conn, one)
        sightings.correct(conn, one)
        journal.consulted(conn, "read closure")
    with service.begin() as conn:
        found = journal_entries.latest(conn, most=4)
    assert [entry.kind for entry in found] == [
        "consultation",
        "collection",
        "change",
        "collection",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sighting",
        "TRUNCATE sighting",
        "UPDATE sighting SET headcount = 0",
        "ALTER TABLE sighting DISABLE TRIGGER ALL",
        "DROP TRIGGER journal_insert ON sighting",
        "CREATE TABLE public.mine (id int)",
        "INSERT INTO journal.entry SELECT * FROM journal.entry",
        "INSERT INTO journal.waiting (at) VALUES (now())",
        "UPDATE journal.head SET seq = 0",
        "DELETE FROM journal.entry",
        "INSERT INTO journal.checkpoint SELECT chain, seq, hash, now() FROM journal.head",
        "SET session_replication_role = replica",
        "SET ROLE geosites",
        "COPY sighting TO PROGRAM 'cat'",
    ],
)
def test_the_service_is_kept_from_what_is_not_its_own(service: Store, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, service.begin() as conn:
        conn.execute(sa.text(statement))
    assert isinstance(refused.value.orig, REFUSED)


def test_retention_is_not_for_the_service(service: Store) -> None:
    on = "WITH asked AS (SELECT set_config('geosites.retention', 'on', true))"
    with pytest.raises(sa.exc.ProgrammingError), service.begin() as conn:
        conn.execute(sa.text(f"{on} DELETE FROM sighting USING asked"))


def test_a_store_can_take_on_the_role_where_its_login_may(store: Store) -> None:
    own = Store(store.url, role=privileges.SERVICE, said={"geosites.actor": "os:somebody"})
    with own.begin() as conn:
        assert conn.execute(sa.text("SELECT current_user")).scalar_one() == privileges.SERVICE
        sightings.add(conn, a_sighting())
    with own.begin() as conn:
        assert journal_entries.latest(conn, most=1)[0].actor == "os:somebody"
    own.close()


def test_every_table_says_who_may_do_what_and_whether_it_is_journaled(conn: sa.Connection) -> None:
    for table in conventions.metadata.tables.values():
        said = table.schema == "journal" or table.name in {
            *privileges.JOURNALED,
            *privileges.UNJOURNALED,
        }
        assert said, f"db/privileges.py does not say whether {table.name} is journaled"
        allowed = table.fullname in privileges.RIGHTS or table.fullname == "journal.waiting"
        assert allowed, f"db/privileges.py gives the service no right on {table.fullname}"
    assert not set(privileges.JOURNALED) & set(privileges.UNJOURNALED)


def test_a_reader_sees_what_was_recorded_and_no_account_or_journal(conn: sa.Connection) -> None:
    sees = sa.text("SELECT has_table_privilege(:role, :table, 'SELECT')")
    writes = sa.text("SELECT has_table_privilege(:role, :table, 'INSERT, UPDATE, DELETE')")
    for table in conventions.metadata.tables.values():
        asked = {"role": privileges.READER, "table": table.fullname}
        assert conn.execute(sees, asked).scalar_one() == (table.name in privileges.READ_BY_OTHERS)
        assert not conn.execute(writes, asked).scalar_one()


REPORTER = journal.Operator(login="r", role="reporter", unit="PP-DSPAP-19")


@pytest.mark.parametrize("unit", ["PP-DSPAP-19", None])
def test_a_reporter_writes_for_their_own_unit(service: Store, unit: str | None) -> None:
    one = replace(a_sighting(), unit=unit)
    with service.begin() as conn:
        journal.act_as(conn, REPORTER, "api")
        assert sightings.add(conn, one)
        sightings.correct(conn, replace(one, headcount=9))


def test_the_database_itself_keeps_a_reporter_from_another_unit(service: Store) -> None:
    theirs = replace(a_sighting(), unit="PP-DSPAP-18")
    with service.begin() as conn:
        sightings.add(conn, theirs)
    with service.engine.begin() as conn:
        journal.act_as(conn, REPORTER, "api")
        with pytest.raises(Conflict):
            sightings.correct(conn, replace(theirs, headcount=9))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level"):
            sightings.add(conn, replace(a_sighting(), unit="PP-DSPAP-18"))
        conn.rollback()


SIGHTS = {
    "without policy": Sight(),
    "in a scope": Sight(scope=("75118", "75119")),
    "by cell": Sight(precision=Precision.CELL, unit="Unit 1"),
    "by cell in a scope": Sight(precision=Precision.CELL, unit="Unit 1", scope=("75118", "75119")),
}


@pytest.mark.parametrize("seen", SIGHTS.values(), ids=SIGHTS)
def test_what_lies_near_is_found_by_its_index_whoever_asks(
    exercise_store: Store, seen: Sight
) -> None:
    own = Store(exercise_store.url, role=privileges.SERVICE)
    source = collections.sightings(seen)
    with own.begin() as conn:
        plan = plan_of(conn, sa.select(source.rows).where(*source.meets(FORCEVAL.buffer(200))))
    own.close()
    assert "Index Scan" in plan
    assert "sighting_point_idx" in plan
    assert "Seq Scan on sighting" not in plan


def _as(service: Store, actor: str, statement: str) -> None:
    """Execute a statement as the service does for an actor."""
    with service.begin() as conn:
        journal.act_as(conn, journal.Operator(login=actor), "page")
        conn.execute(sa.text(statement))


NEW = "INSERT INTO account (login, role, unit, created_at) VALUES ('{}', '{}', 'unit', now())"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET role = 'admin' WHERE login = 'test-reporter'",
        "UPDATE account SET scope = '{}', unit = 'other' WHERE login = 'test-reporter'",
        "UPDATE account SET disabled_at = NULL WHERE login = 'test-reporter'",
        NEW.format("intruder", "admin"),
    ],
)
@pytest.mark.parametrize("actor", ["", "test-coordinator", "os:root", "nobody"])
def test_the_service_gives_no_role_for_who_is_no_administrator(
    service: Store, statement: str, actor: str
) -> None:
    with pytest.raises(sa.exc.ProgrammingError) as error:
        _as(service, actor, statement)
    assert isinstance(error.value.orig, REFUSED)


def test_an_administrator_gives_roles_to_others_and_not_to_themselves(service: Store) -> None:
    with pytest.raises(sa.exc.ProgrammingError):
        _as(service, "test-admin", "UPDATE account SET role = 'coordinator' WHERE role = 'admin'")
    _as(service, "test-admin", NEW.format("newcomer", "analyst"))


def test_a_password_is_changed_by_its_account(service: Store) -> None:
    own = "UPDATE account SET password_once = false WHERE login = 'test-reporter'"
    _as(service, "test-reporter", own)


@pytest.mark.parametrize("claimed", ["os:root", "db:geosites"])
def test_the_service_writes_no_entry_in_the_name_of_the_machine(
    service: Store, claimed: str
) -> None:
    with service.begin() as conn:
        journal.act_as(conn, journal.Operator(login=claimed), "command line")
        journal.consulted(conn, "read closure")
    with service.begin() as conn:
        assert journal_entries.latest(conn, most=1)[0].actor == f"db:geosites_web as {claimed}"
