"""The journal is written whoever does what, and only ever added to."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json

import pytest
import sqlalchemy as sa

from geosites.db import journal, journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from samples.journal_samples import WHO, a_sighting


def entries(store: Store) -> list[Entry]:
    with store.begin() as conn:
        return list(reversed(journal_entries.latest(conn, most=10_000)))


def since(store: Store, before: int) -> list[Entry]:
    return entries(store)[before:]


def test_a_reported_sighting_is_journaled_with_who_and_why(store: Store) -> None:
    before = len(entries(store))
    one = a_sighting()
    with store.begin() as conn:
        journal.act_as(conn, WHO, "api", "nightly round")
        sightings.add(conn, one)
    (entry,) = since(store, before)
    assert (entry.kind, entry.what, entry.refs) == ("collection", "sighting", f'["{one.id}"]')
    assert (entry.actor, entry.role, entry.unit) == ("bac-19", "coordinator", "PP-DSPAP-19")
    assert (entry.channel, entry.motive) == ("api", "nightly round")


def test_what_psql_writes_goes_by_the_name_of_its_role(store: Store) -> None:
    before = len(entries(store))
    with store.begin() as conn:
        conn.execute(sa.text("INSERT INTO mark VALUES ('exercise', 'x')"))
        conn.execute(sa.text("UPDATE mark SET value = 'y'"))
        conn.execute(sa.text("UPDATE mark SET value = 'y' WHERE false"))
        conn.execute(sa.text("DELETE FROM mark"))
        conn.execute(sa.text("TRUNCATE mark"))
    found = since(store, before)
    assert [entry.kind for entry in found] == ["change", "change", "erasure", "erasure"]
    assert {(entry.actor, entry.channel, entry.what) for entry in found} == {
        ("db:geosites", "sql", "mark")
    }
    assert [entry.refs for entry in found] == [*['["exercise"]'] * 3, '{"all": true}']


def test_a_reading_is_noted_for_its_reader_and_its_route(store: Store) -> None:
    before = len(entries(store))
    with store.begin() as conn:
        journal.act_as(conn, WHO, "page")
        wrote = conn.execute(sa.text("SELECT pg_current_xact_id_if_assigned()")).scalar_one()
        journal.consulted(conn, "read closure", ["forceval", "l'îlot"])
        journal.communicated(conn, "bulletin", ["2022-W39"], "ars-idf")
    assert wrote is None
    reading, sending = since(store, before)
    assert (reading.kind, reading.what) == ("consultation", "read closure")
    assert json.loads(reading.refs) == ["forceval", "l'îlot"]
    assert (sending.kind, sending.recipient) == ("communication", "ars-idf")


def test_only_a_transaction_that_merely_reads_does_not_wait_for_the_disk(store: Store) -> None:
    waits = sa.text("SELECT current_setting('synchronous_commit')")
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL synchronous_commit = on"))
        journal.consulted(conn, "read closure")
        assert conn.execute(waits).scalar_one() == "off"
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL synchronous_commit = on"))
        sightings.add(conn, a_sighting())
        journal.consulted(conn, "read closure")
        assert conn.execute(waits).scalar_one() == "on"


def test_a_thousand_rows_of_one_statement_are_one_entry(store: Store) -> None:
    before = len(entries(store))
    with store.begin() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin,"
                " territory) SELECT gen_random_uuid(), now(), 'instant',"
                " ST_SetSRID(ST_MakePoint(654000, 6865000), 2154), 0, 'patrol', '75119'"
                " FROM generate_series(1, 1000)"
            )
        )
        names = conn.execute(sa.text("SELECT id::text FROM sighting ORDER BY id")).scalars().all()
    (entry,) = since(store, before)
    parts = [
        hashlib.sha256(",".join(names_in).encode()).digest()
        for _, names_in in itertools.groupby(names, key=lambda name: name[:2])
    ]
    assert json.loads(entry.refs) == {
        "count": 1000,
        "first": names[0],
        "last": names[-1],
        "sha256": hashlib.sha256(b"".join(parts)).hexdigest(),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal.entry SET motive = 'another'",
        "DELETE FROM journal.entry",
        "TRUNCATE journal.entry",
        "DELETE FROM journal.checkpoint",
        "UPDATE journal.certificate SET rows = 0",
    ],
)
def test_the_journal_is_only_ever_added_to(store: Store, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="only ever added to"), store.begin() as conn:
        conn.execute(sa.text(statement))


def test_nothing_waits_once_a_transaction_has_ended(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, a_sighting())
    with store.begin() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM journal.waiting")).scalar_one() == 0


def test_an_anchor_is_one_line_that_changes_with_each_entry(store: Store) -> None:
    with store.begin() as conn:
        first = journal_entries.anchor(conn)
        journal.consulted(conn, "read closure")
    with store.begin() as conn:
        second = journal_entries.anchor(conn)
    tag, instant, numbers, digest = first.split(" ")
    assert tag == "geosites-journal-1"
    assert dt.datetime.fromisoformat(instant).tzinfo is not None
    assert len(numbers.split("-")) == 16
    assert len(digest) == 64
    assert second.split(" ")[2:] != [numbers, digest]


def test_what_readers_send_cannot_trip_the_journal(store: Store) -> None:
    before = len(entries(store))
    with store.begin() as conn:
        journal.act_as(conn, WHO, "page", "why\x00\ud800\x1b[2J")
        journal.consulted(conn, "read week\x00", ["a\x00b", "\ud800", '"},{"'], "\x07ars")
    (entry,) = since(store, before)
    assert (entry.motive, entry.what, entry.recipient) == ("why[2J", "read week", "ars")
    assert json.loads(entry.refs) == ["ab", "", '"},{"']
