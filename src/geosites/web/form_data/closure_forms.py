"""Closure forms of a site, and a preview of what an act would change.

An act is executed twice: first in a transaction that is rolled back, to show the resulting status,
and then for good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from geosites import services
from geosites.core import city
from geosites.core.closure_acts import REASONS, ClosureAct, ClosureActKind, ClosureReason
from geosites.core.documents.closures import ClosureDocument
from geosites.core.errors import Refused, phrase
from geosites.core.exercise_calendar import ExerciseCalendar
from geosites.core.records import Closure
from geosites.db import temporal
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.schema.closures import closure as table
from geosites.permissions import authorized_answers
from geosites.validation import ClosureIn
from geosites.validation.free_text.notes import TextKind, reason_against
from geosites.validation.records.closures import MOST_REVIEW_DAYS
from geosites.web.form_data.forms import (
    Mistaken,
    TypedForm,
    clock_text,
    mistakes,
    required,
    version_of,
)
from geosites.web.form_data.report_dependencies import validation_context
from geosites.web.request_context import RequestContext

Act = Callable[[sa.Connection], Closure]


class TypedClosure(TypedForm):
    """Form to declare, extend or lift a closure; times are in the city's time zone.

    `confirmed`: the preview was shown. `version` is that of the closure, if there is one.
    """

    version: str = ""
    confirmed: str = ""
    closed_from: str = ""
    closed_until: str = ""
    further_notice: str = ""
    reason: str = ""
    legal_ref: str = ""
    source: str = ""
    review_days: str = ""


@dataclass(frozen=True, kw_only=True)
class ClosureTrial:
    """The status of a site now and after an act, with the resulting closure."""

    before: ClosureDocument
    after: ClosureDocument
    closure: Closure


def tried(conn: sa.Connection, context: RequestContext, slug: str, act: Act) -> ClosureTrial:
    """Execute an act, compute the resulting status, and roll back."""
    now = services.reading_time(conn, context.now)
    before = services.closure(conn, slug, now)
    with conn.begin_nested() as savepoint:
        made = act(conn)
        after = services.closure(conn, slug, max(now, made.closed_from))
        savepoint.rollback()
    told = [authorized_answers.closed(context.asked, item.document()) for item in (before, after)]
    return ClosureTrial(before=told[0], after=told[1], closure=made)


def declaring(conn: sa.Connection, context: RequestContext, slug: str, typed: TypedClosure) -> Act:
    """Return the act that declares a closure as typed; raises `Mistaken`."""
    required(typed, "closed_from")
    reason = _reason(typed, ClosureActKind.DECLARED)
    names = ("closed_from", "closed_until", "legal_ref", "source", "review_days")
    given = {name: text for name in names if (text := getattr(typed, name))}
    with mistakes("closed_from"):
        report = ClosureIn.model_validate({"site": slug, **given})
        closure = report.to_record(validation_context(conn, context))
    act = _act(closure.id, ClosureActKind.DECLARED, reason, typed, closure.closed_until)

    def declare(conn: sa.Connection) -> Closure:
        with mistakes("closed_from"):
            if not closures.declare(conn, closure, act):
                raise Refused("the same closure is recorded already")
        return closure

    return declare


def extending(typed: TypedClosure, closure: Closure, calendar: ExerciseCalendar | None) -> Act:
    """Return the act that gives a closure a later end as typed; raises `Mistaken`.

    The end that the form was opened with is none that somebody typed. `calendar`: that of an
    exercise, by which instants are dated.
    """
    typed_end = typed.closed_until
    if typed.further_notice and typed_end == clock_text(closure.closed_until):
        typed_end = ""
    if bool(typed_end) is bool(typed.further_notice):
        reason = phrase("give a new end, or tick “until further notice”: one of the two")
        raise Mistaken({"closed_until": reason})
    end = _end(typed_end) if typed_end else None
    kind = ClosureActKind.EXTENDED
    act = _dated(calendar, _act(closure.id, kind, _reason(typed, kind), typed, end))
    days = _days(typed.review_days)

    def extend(conn: sa.Connection) -> Closure:
        _require_version(conn, typed, closure)
        with mistakes("closed_until"):
            return closures.extend(conn, act, review_days=days)

    return extend


def lifting(
    typed: TypedClosure, closure: Closure, now: dt.datetime, calendar: ExerciseCalendar | None
) -> Act:
    """Return the act that ends a closure early as typed, by default now; raises `Mistaken`."""
    kind = ClosureActKind.LIFTED
    end = _end(typed.closed_until) if typed.closed_until else now
    act = _dated(calendar, _act(closure.id, kind, _reason(typed, kind), typed, end))

    def lift(conn: sa.Connection) -> Closure:
        _require_version(conn, typed, closure)
        with mistakes("closed_until"):
            return closures.lift(conn, act)

    return lift


def withdrawing(typed: TypedClosure, closure: Closure) -> Act:
    """Return the act that lets a closure count nowhere, as typed; raises `Mistaken`."""
    kind = ClosureActKind.WITHDRAWN
    act = _act(closure.id, kind, _reason(typed, kind), typed, None)

    def withdraw(conn: sa.Connection) -> Closure:
        return closure_withdrawal.withdraw(conn, act, version_of(typed.version))

    return withdraw


def _dated(calendar: ExerciseCalendar | None, act: ClosureAct) -> ClosureAct:
    """Return an act dated by the exercise's calendar; an end on its own days is unchanged."""
    if calendar is None or act.until is None:
        return act
    own = act.until.astimezone(city.zone()).date() < min(calendar.days, default=dt.date.min)
    return act if own else calendar.moved(act)


def version(conn: sa.Connection, identifier: UUID) -> str:
    """Return the version of a closure, as text."""
    since = temporal.version(conn, table, {"id": identifier})
    return since.isoformat() if since else ""


def earlier(conn: sa.Connection, identifier: UUID, seen: str) -> Closure | None:
    """Return a closure as it was when a form was made from it; None where that was never."""
    try:
        return closures.get(conn, identifier, version_of(seen))
    except Refused:
        return None


def _require_version(conn: sa.Connection, typed: TypedClosure, closure: Closure) -> None:
    temporal.require_version(conn, table, {"id": closure.id}, version_of(typed.version))


def _reason(typed: TypedClosure, kind: ClosureActKind) -> ClosureReason:
    if typed.reason not in REASONS[kind]:
        raise Mistaken({"reason": phrase("choose one of the list")})
    return ClosureReason(typed.reason)


def _act(
    closure: UUID,
    kind: ClosureActKind,
    reason: ClosureReason,
    typed: TypedClosure,
    until: dt.datetime | None,
) -> ClosureAct:
    told = reason_against(typed.legal_ref, TextKind.NAME)
    if told is not None:
        raise Mistaken({"legal_ref": told})
    with mistakes("legal_ref"):
        return ClosureAct(
            closure=closure,
            kind=kind,
            reason=reason,
            legal_ref=typed.legal_ref or None,
            until=until,
        )


def _end(text: str) -> dt.datetime:
    """Return a time typed on the city's clocks; of one shown twice, the first."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=city.zone())
    except ValueError:
        raise Mistaken({"closed_until": phrase("is not a day or time of the calendar")}) from None


def _days(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_REVIEW_DAYS):
        raise Mistaken(
            {"review_days": phrase("a whole number from 1 to %(most)s", most=MOST_REVIEW_DAYS)}
        )
    return int(text)
