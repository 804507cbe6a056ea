"""Privileges and journaling of every table, applied after each migration.

Each is declared in one table here, so that a test finds a database table without a line. Applying
them twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.schema.journal import JournalKind

SERVICE = "geosites_service"
"""Role of the running service: it owns nothing, and adds to the journal only by its function."""
READER = "geosites_reader"
"""Role of people who read recorded data with their own programs."""

RECORDED = "SELECT, INSERT, UPDATE (known)"
"""Rows are added and closed, and nothing else is done to them."""
NAMES = "SELECT, INSERT"
WORKING = "SELECT, INSERT, UPDATE, DELETE"
KEPT = "SELECT, INSERT, UPDATE"

RIGHTS: Mapping[str, str] = {
    "territory_code": NAMES,
    "territory": RECORDED,
    "site_slug": NAMES,
    "site": RECORDED,
    "site_use": RECORDED,
    "sighting": RECORDED,
    "sighting_note": RECORDED,
    "sighting_week": KEPT,
    "operation": RECORDED,
    "closure": RECORDED,
    "closure_act": RECORDED,
    "care_place": RECORDED,
    "care_figure": RECORDED,
    "mark": KEPT,
    "ground_feature": "SELECT, INSERT, DELETE",
    "ground_loaded": "SELECT, INSERT, DELETE",
    "street_network": "SELECT, INSERT, DELETE",
    "address_point": "SELECT, INSERT, DELETE",
    "street_map_loaded": "SELECT, INSERT, DELETE",
    "street_tile": "SELECT, INSERT, DELETE",
    "bulletin": NAMES,
    "change": "SELECT, INSERT, UPDATE (xid)",
    "closure_risk": WORKING,
    "closure_stale": WORKING,
    "alarm_subscription": KEPT,
    "alarm_status": WORKING,
    "alarm_message": KEPT,
    "sighting_judgement": RECORDED,
    "sighting_check": RECORDED,
    "week_release": NAMES,
    "event_release": NAMES,
    "public_table": NAMES,
    "week_statistic": "SELECT, INSERT, DELETE",
    "account": KEPT,
    "recovery_code": WORKING,
    "session": WORKING,
    "access_token": KEPT,
    "known_device": WORKING,
    "account_use": WORKING,
    "sign_in_wait": WORKING,
    "oidc_attempt": WORKING,
    "job_run": KEPT,
    "share_peer": WORKING,
    "share_change": "SELECT, INSERT, DELETE",
    "share_closure": WORKING,
    "alembic_version": "SELECT",
    "journal.entry": "SELECT",
    "journal.head": "SELECT",
    "journal.checkpoint": "SELECT",
    "journal.certificate": "SELECT",
}
"""What the service may do with each table. It may do nothing with one that is not named."""

READ_BY_OTHERS = (
    "territory_code",
    "territory",
    "site_slug",
    "site",
    "site_use",
    "sighting",
    "operation",
    "closure",
    "closure_act",
    "care_place",
    "care_figure",
    "mark",
    "sighting_judgement",
    "sighting_check",
)


@dataclass(frozen=True)
class Journaled:
    """How a table is journaled: the kind of entry for an added row, and the columns that identify
    it.

    `watched`: only changes of these columns count, since others only record the last use.
    """

    added: JournalKind
    names: str
    watched: str | None = None


_COLLECTED, _CHANGED = JournalKind.COLLECTION, JournalKind.CHANGE

JOURNALED: Mapping[str, Journaled] = {
    "territory": Journaled(_CHANGED, "code"),
    "site": Journaled(_CHANGED, "slug"),
    "site_use": Journaled(_CHANGED, "slug"),
    "sighting": Journaled(_COLLECTED, "id"),
    "sighting_note": Journaled(_COLLECTED, "sighting"),
    "operation": Journaled(_COLLECTED, "id"),
    "closure": Journaled(_COLLECTED, "id, site"),
    "closure_act": Journaled(_CHANGED, "closure"),
    "care_place": Journaled(_CHANGED, "slug"),
    "care_figure": Journaled(_CHANGED, "care_place, measure"),
    "mark": Journaled(_CHANGED, "name"),
    "sighting_judgement": Journaled(_CHANGED, "sighting, other"),
    "sighting_check": Journaled(_CHANGED, "sighting"),
    "public_table": Journaled(JournalKind.COMMUNICATION, "quarter, revision"),
    "week_release": Journaled(JournalKind.COMMUNICATION, "monday"),
    "event_release": Journaled(JournalKind.COMMUNICATION, "event"),
    "account": Journaled(
        _CHANGED,
        "login",
        "role, unit, scope, disabled_at, password_hash, totp_secret, oidc_subject",
    ),
    "access_token": Journaled(_CHANGED, "id, login", "acts, expires_at, revoked_at"),
    "alarm_subscription": Journaled(_CHANGED, "id"),
    "share_peer": Journaled(_CHANGED, "name", "address, verifier, token_file"),
    "share_change": Journaled(_COLLECTED, "peer, place"),
    "share_closure": Journaled(_COLLECTED, "peer, site"),
    "bulletin": Journaled(_CHANGED, "monday, edition, revision"),
}

UNJOURNALED: Mapping[str, str] = {
    "territory_code": "names that go with rows of territory",
    "site_slug": "names that go with rows of site",
    "sighting_week": "counts what happened to sightings",
    "ground_feature": "public data, replaced whole",
    "ground_loaded": "goes with ground_feature",
    "street_network": "public data, replaced whole",
    "address_point": "public data, replaced whole",
    "street_map_loaded": "goes with street_network and address_point",
    "street_tile": "public data, replaced whole",
    "closure_risk": "computed, and can be computed again",
    "week_statistic": "computed, and can be computed again",
    "closure_stale": "says what must be computed again",
    "alarm_status": "what was last looked at",
    "alarm_message": "each message sent is journaled as a communication",
    "job_run": "says when the regular jobs last ran",
    "change": "says to systems that follow what the journal says of the same rows",
    "recovery_code": "goes with account",
    "session": "each sign-in has one; what is done in it is journaled",
    "known_device": "goes with a sign-in",
    "account_use": "says when sessions that are gone were last used",
    "sign_in_wait": "counts failed tries for some minutes",
    "oidc_attempt": "lives for the minutes of a sign-in",
}
"""Tables whose changes are not journaled, with the reason."""

_EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS changed",
    "UPDATE": "REFERENCING NEW TABLE AS changed",
    "DELETE": "REFERENCING OLD TABLE AS changed",
    "TRUNCATE": "",
}

_SENT = (
    "CREATE OR REPLACE TRIGGER journal_sent AFTER UPDATE ON alarm_message FOR EACH ROW"
    " WHEN (NEW.state = 'delivered' AND OLD.state <> 'delivered')"
    " EXECUTE FUNCTION journal.sent()"
)


_GROUPS = f"""
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['{SERVICE}', '{READER}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE 'CREATE ROLE ' || quote_ident(name) || ' NOLOGIN';
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$
"""
"""Roles belong to the whole cluster: a store restored elsewhere does not bring them along."""


def apply(conn: sa.Connection) -> None:
    """Give each group its rights on each table, and each recorded table its journal triggers."""
    for statement in (_GROUPS, *_rights(), *_triggers(), _SENT):
        conn.exec_driver_sql(statement)


def _rights() -> list[str]:
    service = [f"GRANT {rights} ON {table} TO {SERVICE}" for table, rights in RIGHTS.items()]
    readers = f"GRANT SELECT ON {', '.join(READ_BY_OTHERS)} TO {READER}"
    note = "FUNCTION journal.note(journal.kind, text, text, text)"
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public, journal FROM {SERVICE}, {READER}",
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA journal FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {SERVICE}, {READER}",
        f"GRANT USAGE ON SCHEMA journal TO {SERVICE}",
        *service,
        readers,
        f"GRANT EXECUTE ON {note}, journal.by_service(), journal.guard_account() TO {SERVICE}",
    ]


def _triggers() -> list[str]:
    return [
        _watched(table, message)
        if event == "UPDATE" and message.watched
        else _trigger(table, message, event)
        for table, message in JOURNALED.items()
        for event in _EVENTS
    ]


def _trigger(table: str, said: Journaled, event: str) -> str:
    kinds = {"INSERT": said.added, "UPDATE": JournalKind.CHANGE}
    kind = kinds.get(event, JournalKind.ERASURE)
    return (
        f"CREATE OR REPLACE TRIGGER journal_{event.lower()} AFTER {event} ON {table}"
        f" {_EVENTS[event]} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION journal.changed('{kind}', '{said.names}')"
    )


def _watched(table: str, said: Journaled) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER journal_update AFTER UPDATE OF {said.watched} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION journal.row_changed('{said.names}')"
    )
