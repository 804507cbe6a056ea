"""A journal that was bent is found out, and where; one that was not is sound."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.db import journal, journal_entries
from geosites.db.journal import Operator
from geosites.db.journal_entries import ChainMark, Entry
from geosites.db.postgres.connection import Store
from geosites.journal.anchor_lines import JournalAnchor, parse_anchor
from geosites.journal.chain import Verdict, genesis, link, verify

TRIES = 200
BEFORE, AFTER = 40, 12
"""Entries up to the anchor, and after it."""
PARTS = ("actor", "role", "unit", "channel", "motive", "what", "refs", "recipient")


@dataclass(frozen=True)
class Written:
    """A store with a journal over several chains, and the anchor taken on the way."""

    store: Store
    anchor: JournalAnchor


def write(store: Store, count: int) -> None:
    """Let transactions of several sessions write at once, so that chains are used side by side."""
    for number in range(0, count, 4):
        with store.begin() as one, store.begin() as two, store.begin() as three:
            for conn in (one, two, three):
                who = Operator(login=f"unité-{number}", role="analyst", unit="ARS")
                journal.act_as(conn, who, "page", "étude" if number % 8 else None)
                journal.consulted(conn, "read week", [f"2022-W{number % 52 + 1:02d}", "😀"])
            journal.communicated(two, "bulletin", ["2022-W39"], "ars-idf")


@pytest.fixture(scope="module")
def written(template: str, new_database: Callable[..., str]) -> Iterator[Written]:
    store = Store(new_database(template))
    write(store, BEFORE)
    with store.begin() as conn:
        anchor = parse_anchor(journal_entries.anchor(conn))
    write(store, AFTER)
    yield Written(store, anchor)
    store.close()


def verdict(conn: sa.Connection, *anchors: JournalAnchor) -> Verdict:
    return verify(
        journal_entries.chains(conn),
        journal_entries.heads(conn),
        journal_entries.checkpoints(conn),
        anchors,
    )


def rows(conn: sa.Connection) -> list[Entry]:
    return list(journal_entries.chains(conn))


Bend = Callable[[sa.Connection, random.Random, JournalAnchor], None]
BENDS: list[Bend] = []


def bend(function: Bend) -> Bend:
    BENDS.append(function)
    return function


def one_of(conn: sa.Connection, chance: random.Random) -> Entry:
    return chance.choice(rows(conn))


def put(conn: sa.Connection, entry: Entry, **values: object) -> None:
    table = journal.schema.entry
    where = (table.c.chain == entry.chain, table.c.seq == entry.seq)
    conn.execute(sa.update(table).where(*where).values(**values))


def remove(conn: sa.Connection, chain: int, first: int, last: int) -> None:
    table = journal.schema.entry
    conn.execute(sa.delete(table).where(table.c.chain == chain, table.c.seq.between(first, last)))


def set_head(conn: sa.Connection, mark: ChainMark) -> None:
    table = journal.schema.head
    conn.execute(
        sa.update(table).where(table.c.chain == mark.chain).values(seq=mark.seq, hash=mark.hash)
    )


@bend
def a_part_is_edited(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    part = chance.choice(
        ["actor", "role", "unit", "channel", "motive", "what", "refs", "recipient"]
    )
    put(conn, one_of(conn, chance), **{part: f"other {chance.random()}"})


@bend
def the_time_is_edited(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    entry = one_of(conn, chance)
    put(conn, entry, at=sa.text("at + interval '1 microsecond'"))


@bend
def an_entry_is_removed(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    entry = one_of(conn, chance)
    remove(conn, entry.chain, entry.seq, entry.seq)


@bend
def two_entries_are_swapped(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    first, second = chance.sample(rows(conn), 2)
    for here, there in ((first, second), (second, first)):
        values = {name: getattr(there, name) for name in Entry.__dataclass_fields__}
        put(conn, here, **{**values, "chain": here.chain, "seq": here.seq})


@bend
def an_entry_is_inserted(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    entry = one_of(conn, chance)
    later = [one for one in rows(conn) if one.chain == entry.chain and one.seq > entry.seq]
    for one in reversed(later):
        put(conn, one, seq=one.seq + 1)
    added = replace(entry, seq=entry.seq + 1, actor="nobody", hash=chance.randbytes(32))
    added = replace(added, hash=link(entry.hash, added))
    values = {name: getattr(added, name) for name in Entry.__dataclass_fields__}
    conn.execute(sa.insert(journal.schema.entry).values(**values))
    end = next(mark for mark in journal_entries.heads(conn) if mark.chain == entry.chain)
    set_head(conn, replace(end, seq=end.seq + 1) if later else end)


@bend
def the_tail_is_cut(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    entry = one_of(conn, chance)
    remove(conn, entry.chain, entry.seq, 10_000)


@bend
def the_tail_is_cut_and_the_head_moved_back(
    conn: sa.Connection, chance: random.Random, anchor: JournalAnchor
) -> None:
    known = [one for one in rows(conn) if one.seq <= anchor.numbers[one.chain]]
    cut = chance.choice(known)
    remove(conn, cut.chain, cut.seq, 10_000)
    before = [one for one in known if one.chain == cut.chain and one.seq < cut.seq]
    last = before[-1] if before else genesis(cut.chain)
    set_head(conn, ChainMark(chain=cut.chain, seq=last.seq, hash=last.hash))


@bend
def the_chain_is_computed_again(
    conn: sa.Connection, chance: random.Random, anchor: JournalAnchor
) -> None:
    bent = chance.choice([one for one in rows(conn) if one.seq <= anchor.numbers[one.chain]])
    put(conn, bent, actor="somebody else")
    last = genesis(bent.chain)
    for one in rows(conn):
        if one.chain == bent.chain:
            last = ChainMark(chain=one.chain, seq=one.seq, hash=link(last.hash, one))
            put(conn, one, hash=last.hash)
    set_head(conn, last)


@bend
def a_checkpoint_is_made_up(conn: sa.Connection, chance: random.Random, _: JournalAnchor) -> None:
    entry = one_of(conn, chance)
    remove(conn, entry.chain, 1, entry.seq)
    values = {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
    table = journal.schema.checkpoint
    conn.execute(sa.insert(table).values(**values, made_at=sa.func.now()))


@bend
def a_chain_vanishes_with_its_head(
    conn: sa.Connection, chance: random.Random, _: JournalAnchor
) -> None:
    chain = one_of(conn, chance).chain
    remove(conn, chain, 1, 10_000)
    table = journal.schema.head
    conn.execute(sa.delete(table).where(table.c.chain == chain))


@pytest.mark.parametrize("attempt", range(TRIES))
def test_a_bent_journal_is_found_out(written: Written, attempt: int) -> None:
    chance = random.Random(attempt)
    with written.store.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        BENDS[attempt % len(BENDS)](conn, chance, written.anchor)
        found = verdict(conn, written.anchor)
        transaction.rollback()
    assert not found.sound
    assert found.document()["faults"]


def test_a_journal_that_nobody_bent_is_sound(written: Written) -> None:
    with written.store.begin() as conn:
        journal_entries.hold_still(conn)
        found = verdict(conn, written.anchor)
    assert found.faults == ()
    assert (found.anchors_met, found.anchors_too_old) == (1, 0)
    assert found.entries > BEFORE
    with written.store.begin() as conn:
        assert sum(mark.seq for mark in journal_entries.heads(conn)) == found.entries
        assert sum(mark.seq > 0 for mark in journal_entries.heads(conn)) > 1


def test_the_database_and_we_compute_the_same_hashes(written: Written) -> None:
    with written.store.begin() as conn:
        found = rows(conn)
    for before, entry in itertools.pairwise(found):
        if before.chain == entry.chain:
            assert link(before.hash, entry) == entry.hash


def test_the_fault_says_where(written: Written) -> None:
    with written.store.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        bent = next(one for one in rows(conn) if one.seq == 3)
        put(conn, bent, what="another page")
        remove(conn, bent.chain, 5, 6)
        found = verdict(conn)
        transaction.rollback()
    assert [(fault.chain, fault.seq) for fault in found.faults] == [
        (bent.chain, 3),
        (bent.chain, 5),
    ]


@given(st.text(), st.text())
def test_no_two_entries_are_written_alike(first: str, second: str) -> None:
    alike = {
        "chain": 1,
        "seq": 1,
        "at": dt.datetime(2022, 1, 1, tzinfo=dt.UTC),
        "kind": "change",
        "actor": "a",
        "role": None,
        "unit": None,
        "channel": None,
        "motive": None,
        "refs": "[]",
        "hash": b"",
    }
    one = Entry(**alike, what=first, recipient=second)
    other = Entry(**alike, what=first + second, recipient="")
    none = Entry(**alike, what=first + second, recipient=None)
    assert (link(b"", one) == link(b"", other)) == (second == "")
    assert link(b"", other) != link(b"", none)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "geosites-journal-1 2022-01-01T00:00:00Z 1-2 abc",
        "geosites-journal-1 yesterday 0 abc",
        "other 2022-01-01T00:00:00Z " + "-".join("0" * 16) + " abc",
    ],
)
def test_what_is_no_anchor_is_refused(line: str) -> None:
    with pytest.raises(Refused, match="anchor"):
        parse_anchor(line)
