"""What was kept long enough goes, with a certificate; the rest and the journal stay whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from geosites.core.records import Closure
from geosites.db import journal, journal_entries
from geosites.db.closure import closures
from geosites.db.maintenance import retention
from geosites.db.maintenance.retention import Certificate, Periods
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.journal.anchor_lines import parse_anchor
from geosites.journal.chain import verify
from samples.journal_samples import AT, POINT, a_sighting

MONTH = dt.timedelta(days=31)
NEVER = Periods(
    sightings=9999,
    operations=9999,
    closures=9999,
    messages=9999,
    journal=9999,
    exact_positions=9999,
)


def run(store: Store, periods: Periods, now: dt.datetime) -> list[Certificate]:
    with store.begin() as conn:
        return retention.run(conn, periods, now)


def test_old_sightings_go_with_all_that_was_known_of_them(store: Store) -> None:
    old, young = a_sighting(), a_sighting(AT + 20 * MONTH)
    with store.begin() as conn:
        sightings.add(conn, old)
        sightings.correct(conn, replace(old, headcount=8))
        sightings.add(conn, young)
    (made,) = run(store, replace(NEVER, sightings=12), AT + 14 * MONTH)
    assert (made.table_name, made.action, made.rule) == ("sighting", "erased", "kept 12 months")
    assert (made.rows, made.first_at, made.last_at) == (2, AT, AT)
    assert len(made.digest) == 64
    with store.begin() as conn:
        rows = conn.execute(sa.text("SELECT id FROM sighting")).scalars().all()
        assert rows == [young.id]
        assert retention.certificates(conn)[0] == made
        (newest, *_) = journal_entries.latest(conn, most=1)
    assert newest.kind == "erasure"


def test_nothing_due_leaves_no_certificate(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, a_sighting())
    assert run(store, NEVER, AT + 100 * MONTH) == []


def test_a_closure_without_an_end_is_kept(store: Store) -> None:
    ended = AT + dt.timedelta(days=9)
    with store.begin() as conn:
        one = Closure(id=a_sighting().id, site="forceval", closed_from=AT, closed_until=ended)
        closures.add(conn, one)
        closures.add(conn, replace(one, id=a_sighting().id, closed_from=ended, closed_until=None))
    made = run(store, replace(NEVER, closures=1), AT + 50 * MONTH)
    assert [(one.table_name, one.rows) for one in made] == [("closure", 1)]


def test_old_positions_move_to_the_middle_of_their_cell_once(store: Store) -> None:
    one = replace(a_sighting(), accuracy_m=12.0)
    with store.begin() as conn:
        sightings.add(conn, one)
    periods = replace(NEVER, exact_positions=6)
    (made,) = run(store, periods, AT + 8 * MONTH)
    assert (made.action, made.rows) == ("coarsened", 1)
    with store.begin() as conn:
        now = sightings.get(conn, one.id)
    assert (now.point.x, now.point.y) == (654_050, 6_865_050)
    assert (now.accuracy_m, now.headcount) == (71.0, one.headcount)
    assert POINT.distance(now.point) <= now.accuracy_m
    assert run(store, periods, AT + 8 * MONTH) == []


def test_only_position_and_accuracy_may_become_coarse(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, a_sighting())
    on = "WITH asked AS (SELECT set_config('geosites.retention', 'on', true))"
    change = "UPDATE sighting SET headcount = 1, point = ST_Translate(point, 1, 1) FROM asked"
    with pytest.raises(sa.exc.IntegrityError, match="corrected"), store.begin() as conn:
        conn.execute(sa.text(f"{on} {change}"))


def write(store: Store, count: int) -> None:
    for number in range(count):
        with store.begin() as one, store.begin() as two:
            for conn in (one, two):
                journal.consulted(conn, "read week", [str(number)])


def test_a_pruned_journal_is_verified_from_where_it_was_cut(store: Store) -> None:
    write(store, 5)
    with store.begin() as conn:
        old = parse_anchor(journal_entries.anchor(conn))
    write(store, 5)
    with store.begin() as conn:
        middle = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        before = len(list(journal_entries.chains(conn)))
    write(store, 5)
    (made,) = run(store, replace(NEVER, journal=1), _a_month_after(store, middle))
    assert (made.table_name, made.rows) == ("journal.entry", before)
    with store.begin() as conn:
        new = parse_anchor(journal_entries.anchor(conn))
    write(store, 3)
    with store.begin() as conn:
        found = verify(
            journal_entries.chains(conn),
            journal_entries.heads(conn),
            journal_entries.checkpoints(conn),
            [old, new],
        )
    assert found.faults == ()
    assert (found.anchors_met, found.anchors_too_old) == (1, 1)
    assert 10 <= found.entries < 30


def test_pruning_twice_keeps_every_checkpoint_attested(store: Store) -> None:
    write(store, 4)
    run(store, replace(NEVER, journal=1), dt.datetime.now(dt.UTC) + 2 * MONTH)
    write(store, 1)
    run(store, replace(NEVER, journal=1), dt.datetime.now(dt.UTC) + 2 * MONTH)
    with store.begin() as conn:
        found = verify(
            journal_entries.chains(conn),
            journal_entries.heads(conn),
            journal_entries.checkpoints(conn),
            [],
        )
    assert found.faults == ()


def _a_month_after(store: Store, instant: dt.datetime) -> dt.datetime:
    with store.begin() as conn:
        later = sa.cast(instant, sa.DateTime(timezone=True)) + sa.func.make_interval(0, 1)
        found: dt.datetime = conn.execute(sa.select(later)).scalar_one()
    return found
