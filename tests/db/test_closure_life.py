"""A closure is declared, extended and lifted, each with its reason, and nothing is rewritten."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from conftest import NOW
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.errors import Conflict, NotFound, Refused
from geosites.core.records import Closure
from geosites.db.closure import closures
from geosites.db.postgres.connection import Store

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def closure(start: int = 0, end: int | None = 30) -> Closure:
    return Closure(
        id=uuid.uuid4(),
        site="forceval",
        closed_from=NOW + start * DAY,
        closed_until=None if end is None else NOW + end * DAY,
    )


def act(of: Closure, kind: str, reason: str, until: int | None = None) -> ClosureAct:
    return ClosureAct(
        closure=of.id,
        kind=ClosureActKind(kind),
        reason=ClosureReason(reason),
        legal_ref="2026-1189",
        until=None if until is None else NOW + until * DAY,
    )


def declared(
    conn: sa.Connection, start: int = 0, end: int | None = 30, at: dt.datetime = NOW
) -> Closure:
    one = closure(start, end)
    assert closures.declare(conn, one, act(one, "declared", "order"), at)
    return one


def test_every_act_is_kept_with_its_reason(conn: sa.Connection) -> None:
    one = declared(conn)
    closures.extend(conn, act(one, "extended", "still_needed", 60), NOW + HOUR)
    closures.lift(conn, act(one, "lifted", "purpose_met", 45), NOW + 2 * HOUR)
    done = closures.acts(conn, one.id)
    assert [(at, what.kind.value, what.reason.value) for at, what in done] == [
        (NOW, "declared", "order"),
        (NOW + HOUR, "extended", "still_needed"),
        (NOW + 2 * HOUR, "lifted", "purpose_met"),
    ]


def test_what_was_known_before_an_act_stays_askable(conn: sa.Connection) -> None:
    one = declared(conn)
    closures.extend(conn, act(one, "extended", "order", 60), NOW + HOUR, review_days=7)
    before, now = closures.get(conn, one.id, NOW), closures.get(conn, one.id)
    assert before == one
    assert (now.closed_until, now.review_days) == (NOW + 60 * DAY, 7)


def test_the_same_declaration_twice_is_one(conn: sa.Connection) -> None:
    one = declared(conn)
    assert not closures.declare(conn, one, act(one, "declared", "order"), NOW + HOUR)
    assert len(closures.acts(conn, one.id)) == 1


def test_a_closure_can_be_extended_until_further_notice_and_then_no_more(
    conn: sa.Connection,
) -> None:
    one = declared(conn)
    assert closures.extend(conn, act(one, "extended", "order"), NOW + HOUR).closed_until is None
    with pytest.raises(Refused, match="further notice"):
        closures.extend(conn, act(one, "extended", "order", 90), NOW + 2 * HOUR)


@pytest.mark.parametrize("until", [20, 30])
def test_an_extension_moves_the_end_to_a_later_day(conn: sa.Connection, until: int) -> None:
    one = declared(conn)
    with pytest.raises(Refused, match="already lasts until"):
        closures.extend(conn, act(one, "extended", "order", until), NOW + HOUR)


def test_an_extension_into_the_next_closure_is_a_conflict(conn: sa.Connection) -> None:
    one, then = declared(conn), declared(conn, 40, 50)
    for until in (45, None):
        with pytest.raises(Conflict, match=str(then.id)):
            closures.extend(conn, act(one, "extended", "order", until), NOW + HOUR)
    assert closures.extend(conn, act(one, "extended", "order", 40), NOW + HOUR)


@pytest.mark.parametrize(
    ("until", "why"), [(-1, "only begins"), (0, "only begins"), (30, "anyway"), (None, "instant")]
)
def test_a_closure_is_lifted_between_its_start_and_its_end(
    conn: sa.Connection, until: int | None, why: str
) -> None:
    one = declared(conn)
    with pytest.raises(Refused, match=why):
        closures.lift(conn, act(one, "lifted", "order_ended", until), NOW + HOUR)


def test_a_closure_without_end_can_be_lifted(conn: sa.Connection) -> None:
    one = declared(conn, end=None)
    lifted = closures.lift(conn, act(one, "lifted", "order_ended", 2), NOW + HOUR)
    assert closures.of_site(conn, "forceval") == [lifted]
    assert lifted.closed_until == NOW + 2 * DAY


def test_after_a_lifting_the_site_can_be_closed_again(conn: sa.Connection) -> None:
    one = declared(conn)
    with pytest.raises(Conflict, match="overlaps"):
        declared(conn, 10, None)
    closures.lift(conn, act(one, "lifted", "made_in_error", 5), NOW + HOUR)
    assert declared(conn, 5, None, NOW + 2 * HOUR)


def test_of_two_closures_at_the_same_moment_one_is_a_conflict(store: Store) -> None:
    one, other = closure(), closure(5, None)
    with store.begin() as first:
        room_before = closures.of_site(first, "forceval")
        with store.begin() as second:
            closures.add(second, other)
        assert room_before == []
        with pytest.raises(Conflict, match="overlaps"):
            closures.add(first, one)


def test_an_act_must_be_what_is_done(conn: sa.Connection) -> None:
    one = declared(conn)
    with pytest.raises(Refused, match="lifted, not extended"):
        closures.extend(conn, act(one, "lifted", "order_ended", 60), NOW + HOUR)


def test_an_unknown_closure_is_not_found(conn: sa.Connection) -> None:
    with pytest.raises(NotFound):
        closures.lift(conn, act(closure(), "lifted", "order_ended", 5), NOW)


@pytest.mark.parametrize("reason", ["purpose_met", "court_decision"])
def test_a_reason_fits_what_is_done(reason: str) -> None:
    with pytest.raises(Refused, match="order"):
        act(closure(), "declared", reason)


@pytest.mark.parametrize(
    "reference", ["", "no number", "a" * 80 + "1", "12\n3", "12; see the man in the red coat"]
)
def test_a_reference_is_short_and_has_a_number(reference: str) -> None:
    with pytest.raises(Refused, match="legal_ref"):
        dataclasses.replace(act(closure(), "declared", "order"), legal_ref=reference)


def test_acts_cannot_be_rewritten(conn: sa.Connection) -> None:
    declared(conn)
    with pytest.raises(sa.exc.IntegrityError):
        conn.execute(sa.text("UPDATE closure_act SET reason = 'works'"))
