"""Every schema that was ever released can be brought to the newest with its data whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import database_name
from geosites.db import migrate
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store

POINT = "ST_SetSRID(ST_MakePoint(654000, 6865000), 2154)"
SQUARE = "ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(654000, 6865000), 2154), 500))"
A, B = "'11111111-1111-4111-8111-111111111111'", "'22222222-2222-4222-8222-222222222222'"
NOW, OPEN = "'2022-10-01 12:00+00'", "tstzrange('2022-10-02', NULL)"

STEPS: dict[str, list[str]] = {
    "0001": [
        "INSERT INTO territory_code VALUES ('75118'), ('75119')",
        "INSERT INTO territory (code, level, name, area)"
        f" SELECT code, 'arrondissement', code, {SQUARE} FROM territory_code",
        "INSERT INTO site_slug VALUES ('forceval')",
        "INSERT INTO site (slug, name, perimeter, precision_m, territory)"
        f" VALUES ('forceval', 'Forceval', {SQUARE}, 20, '75119')",
        "INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin,"
        f" territory, known) VALUES ({A}, {NOW}, 'instant', {POINT}, 7, 'patrol', '75119',"
        f" tstzrange({NOW}, '2022-10-02')), ({A}, {NOW}, 'instant', {POINT}, 8, 'patrol', '75119',"
        f" {OPEN}), ({B}, {NOW}, 'day', {POINT}, 0, 'call', '75118', {OPEN})",
        "INSERT INTO operation (id, during, time_precision, kind, area)"
        f" VALUES ({A}, tstzrange({NOW}, '2022-10-02'), 'instant', 'dispersal', {SQUARE})",
        "INSERT INTO closure (id, site, during, review_days)"
        f" VALUES ({A}, 'forceval', tstzrange({NOW}, NULL), 90)",
        "INSERT INTO care_place (slug, name, kind, open_during)"
        " VALUES ('here', 'Here', 'hospital_beds', tstzrange('2020-01-01', NULL))",
        "INSERT INTO care_figure (care_place, measure, as_of, value)"
        " VALUES ('here', 'beds', '2022', 9)",
        "INSERT INTO mark VALUES ('exercise', 'a story')",
    ],
    "0002": [
        f"INSERT INTO closure_act (closure, kind, reason) VALUES ({A}, 'declared', 'order')",
        "INSERT INTO alarm_subscription (id, channel, address, language, began_at)"
        f" VALUES ({A}, 'email', 'duty@example.org', 'fr', {NOW})",
        "INSERT INTO alarm_status VALUES ('forceval', 'reopened')",
        "INSERT INTO alarm_message (id, subscription, site, kind, changed_at, content, state,"
        f" attempts, due_at, queued_at) VALUES ({B}, {A}, 'forceval', 'reopened', {NOW}, '{{}}',"
        f" 'waiting', 0, {NOW}, {NOW})",
    ],
    "0004": [
        "INSERT INTO sighting_judgement (sighting, other, same, reason, login, unit)"
        f" VALUES ({A}, {B}, true, 'sent_twice', 'bac-19', 'unit')",
    ],
    "0005": [
        "INSERT INTO bulletin SELECT '2022-09-26', 'service', 1, now(), now(), '{}',"
        " encode(sha256('{}'), 'hex'), '{}', 'no anchor'",
    ],
    "0006": [
        "INSERT INTO account (login, role, unit, created_at)"
        f" VALUES ('bac-19', 'admin', 'u', {NOW})",
        "INSERT INTO access_token (id, secret_hash, login, created_at, expires_at)"
        f" VALUES ({A}, sha256('a'), 'bac-19', {NOW}, '2032-01-01')",
    ],
    "0007": [
        f"INSERT INTO sighting_note (sighting, note) VALUES ({A}, 'behind the kiosk')",
        "SELECT journal.note('consultation', 'read closure', '[\"forceval\"]', NULL)",
    ],
    "0008": ["INSERT INTO change (kind, monday) VALUES ('sighting.added', '2022-09-26')"],
    "0010": ["INSERT INTO week_release VALUES ('2022-09-26', now(), '[]')"],
    "0012": ["INSERT INTO event_release VALUES ('forceval@2022-10-05', now(), '{}')"],
    "0015": [
        "INSERT INTO sighting_check (sighting, verdict, reason, login, unit)"
        f" VALUES ({A}, 'verified', 'on_the_spot', 'bac-19', 'unit')",
    ],
    "0017": [
        "INSERT INTO ground_feature VALUES (0, 'station', 'Essai', NULL, '{metro}',"
        " ST_SetSRID(ST_Point(652000, 6862000), 2154))",
        "INSERT INTO ground_loaded VALUES ('d', '© Essai')",
    ],
    "0033": [
        "INSERT INTO street_network VALUES ('d', '\\x00')",
        "INSERT INTO address_point VALUES ('rue essai', 18, '', 'Rue Essai', 'Paris', 1, 2)",
        "INSERT INTO street_map_loaded VALUES ('streets', 'd', '© Essai')",
    ],
    "0048": ["INSERT INTO street_tile VALUES (14, 8300, 5600, '\\x00')"],
    "0024": ["INSERT INTO site_use (slug, aliases) VALUES ('forceval', '{Square}')"],
    "0025": ["INSERT INTO public_table VALUES ('2022-07-01', 1, 0.5, 2, now(), '[]')"],
    "0039": [
        "INSERT INTO share_peer (name, address, verifier, token_file)"
        " VALUES ('dept', 'https://dept.example', 'key', '/token')",
        "INSERT INTO share_change (peer, place, kind) VALUES ('dept', 1, 'closure.declared')",
        "INSERT INTO share_closure (peer, site, name, status)"
        " VALUES ('dept', 'gare', 'Gare', 'unverified')",
    ],
    "0011": [
        "INSERT INTO week_statistic (monday, territory, visits, positive, places, heads, low, high,"
        " heads_counted, revision) VALUES ('2022-09-26', '75119', 2, 1, 1, 8, 7, 9, 8, 3)",
    ],
}
"""What could be written from each revision on, in the columns there were then."""

COMPUTED = {"alembic_version", "closure_stale", "week_statistic"}
"""What a migration may compute anew."""


UNWRITTEN = {
    "journal.waiting",
    "journal.checkpoint",
    "journal.certificate",
    "closure_risk",
    "closure_stale",
    "recovery_code",
    "session",
    "known_device",
    "account_use",
    "sign_in_wait",
    "oidc_attempt",
    "job_run",
}
"""What holds nothing between transactions, what goes by itself, what retention and jobs write."""


def revisions() -> list[str]:
    """Return every revision, the oldest first."""
    return sorted(migrate.revisions())


@pytest.fixture(scope="module")
def released(new_database: Callable[..., str]) -> dict[str, str]:
    """Return, by revision, the name of a database that grew up to it and was written to."""
    url, found = new_database(), {}
    for revision in revisions():
        store = Store(url)
        with store.begin() as conn:
            migrate.upgrade(conn, revision)
        with store.begin() as conn:
            for statement in STEPS.get(revision, ()):
                conn.exec_driver_sql(statement)
        store.close()
        found[revision] = database_name(url)
        url = new_database(found[revision])
    return found


@pytest.mark.parametrize("revision", revisions())
def test_data_of_a_released_schema_is_whole_in_the_newest(
    released: dict[str, str], new_database: Callable[..., str], revision: str
) -> None:
    store = Store(new_database(released[revision]))
    with store.begin() as conn:
        columns = table_digests.columns(conn)
        before = table_digests.contents(conn)
        assert before["sighting"].rows == 3
        migrate.upgrade(conn)
    with store.begin() as conn:
        after = table_digests.contents(conn, columns)
        assert migrate.current(conn) == migrate.head()
        migrate.check(conn)
    store.close()
    kept = before.keys() - COMPUTED
    assert {table: after[table] for table in kept} == {table: before[table] for table in kept}


def test_every_table_of_the_newest_schema_was_written_to(
    released: dict[str, str], new_database: Callable[..., str]
) -> None:
    store = Store(new_database(released[revisions()[-1]]))
    with store.begin() as conn:
        empty = {table for table, one in table_digests.contents(conn).items() if one.rows == 0}
    store.close()
    assert empty <= UNWRITTEN
