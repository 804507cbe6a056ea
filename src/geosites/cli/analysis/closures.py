"""`geosites closures`: declare, extend, lift, withdraw, restore; and the group of all."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
import typer

from geosites.cli.analysis.closure_queries import history, list_, rounds
from geosites.cli.console.language import say
from geosites.cli.console.output import answers, parse_instant, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store, present
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.errors import Refused, RowsRefused
from geosites.core.records import Closure
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.geography import sites, territories
from geosites.db.maintenance import exercise_calendar
from geosites.settings import Settings
from geosites.validation import ClosureIn, Context, WatchedTerritories

_OPTIONS = {
    "closed_from": "--from",
    "closed_until": "--until",
    "legal_ref": "--legal-ref",
    "review_days": "--review-days",
}
"""The options by which the fields of a closure are given."""

app = App("The closures: declare, extend, lift, history, rounds.")

Named = Annotated[str, typer.Argument(help="The id of a closure, or its site.")]
Reason = Annotated[ClosureReason, typer.Option("--reason", help="Reason of this decision.")]
LegalRef = Annotated[
    str | None, typer.Option("--legal-ref", help="Reference of the order, short, with its number.")
]
ReviewDays = Annotated[
    int | None,
    typer.Option("--review-days", min=1, max=3660, help="Longest time between visits, in days."),
]


@app.command()
def declare(
    site: Annotated[str, typer.Argument(help="The site.")],
    start: Annotated[str, typer.Option("--from", metavar="INSTANT", help="Start of the closure.")],
    reason: Reason,
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="End of the closure; by default further notice."),
    ] = None,
    legal_ref: LegalRef = None,
    review_days: ReviewDays = None,
) -> None:
    """Declare a site closed. It must not overlap another closure of the site."""
    report = ClosureIn(
        site=site,
        closed_from=start,
        closed_until=until,
        legal_ref=legal_ref,
        review_days=None if review_days is None else str(review_days),
    )
    with open_store(Settings()) as store, store.begin() as conn:
        sites.get(conn, site)
        now = dt.datetime.now(dt.UTC)
        context = Context(
            now=now,
            ground=WatchedTerritories.of(territories.frame(conn)),
            sites=sites.slugs(conn),
            calendar=exercise_calendar.open_day(conn, now),
        )
        closure = _record(report, context)
        act = _act(closure, ClosureActKind.DECLARED, reason, legal_ref, closure.closed_until)
        added = closures.declare(conn, closure, act)
    answers.print(str(closure.id))
    if not added:
        remarks.print(say("The same closure was recorded already."))


def _record(report: ClosureIn, context: Context) -> Closure:
    """Return the closure; raise `Refused` with the option at fault."""
    try:
        return report.to_record(context)
    except RowsRefused as error:
        row = error.rows[0]
        raise Refused(
            "%(option)s: %(value)r: %(reason)s",
            option=_OPTIONS.get(row.column, row.column),
            value=row.value,
            reason=row.reason,
        ) from error


@app.command()
def extend(
    closure: Named,
    reason: Reason,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="The new, later end.")
    ] = None,
    until_further_notice: Annotated[
        bool, typer.Option("--until-further-notice", help="Without an end.")
    ] = False,
    legal_ref: LegalRef = None,
    review_days: ReviewDays = None,
) -> None:
    """Move the end of a closure to a later time, or remove it."""
    if (until is None) is not until_further_notice:
        raise typer.BadParameter(say("give --until, or --until-further-notice"))
    end = None if until is None else parse_instant(until)
    with open_store(Settings()) as store, store.begin() as conn:
        before = closures.named(conn, closure, present(conn))
        act = _dated(conn, _act(before, ClosureActKind.EXTENDED, reason, legal_ref, end))
        changed = closures.extend(conn, act, review_days=review_days)
    _print_end(changed)


@app.command()
def lift(
    closure: Named,
    reason: Reason,
    at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="The new end; by default now.")
    ] = None,
    legal_ref: LegalRef = None,
) -> None:
    """End a closure early."""
    with open_store(Settings()) as store, store.begin() as conn:
        now = present(conn)
        before = closures.named(conn, closure, now)
        end = parse_instant(at) if at else now
        act = _dated(conn, _act(before, ClosureActKind.LIFTED, reason, legal_ref, end))
        changed = closures.lift(conn, act)
    _print_end(changed)


@app.command()
def withdraw(
    closure: Named,
    reason: Reason = ClosureReason.MADE_IN_ERROR,
    legal_ref: LegalRef = None,
) -> None:
    """Withdraw a closure declared by mistake: it no longer counts anywhere."""
    with open_store(Settings()) as store, store.begin() as conn:
        there = closures.named(conn, closure, present(conn))
        act = _act(there, ClosureActKind.WITHDRAWN, reason, legal_ref, None)
        closure_withdrawal.withdraw(conn, act, closures.version(conn, there.id))
    remarks.print(say("%(site)s: the closure counts nowhere.", site=there.site), markup=False)
    answers.print(str(there.id))


@app.command()
def restore(
    closure: Annotated[UUID, typer.Argument(help="The id of the closure.")],
    reason: Reason = ClosureReason.MADE_IN_ERROR,
) -> None:
    """Let a withdrawn closure count again."""
    with open_store(Settings()) as store, store.begin() as conn:
        gone = closure_withdrawal.last(conn, closure)
        act = _act(gone.closure, ClosureActKind.RESTORED, reason, None, None)
        back = closure_withdrawal.restore(conn, act, gone.since)
    _print_end(back)


def _dated(conn: sa.Connection, act: ClosureAct) -> ClosureAct:
    """Return an act with its date: in an exercise by its calendar, whose next day it starts."""
    calendar = exercise_calendar.open_day(conn, dt.datetime.now(dt.UTC))
    return act if calendar is None else calendar.moved(act)


def _act(
    closure: Closure,
    kind: ClosureActKind,
    reason: ClosureReason,
    legal_ref: str | None,
    until: dt.datetime | None,
) -> ClosureAct:
    return ClosureAct(
        closure=closure.id, kind=kind, reason=reason, legal_ref=legal_ref, until=until
    )


def _print_end(closure: Closure) -> None:
    site, end = closure.site, closure.closed_until
    message = say("%(site)s: closed until further notice.", site=site)
    if end is not None:
        message = say("%(site)s: closed until %(until)s.", site=site, until=words().instant(end))
    remarks.print(message, markup=False)


app.command(name="list")(list_)
app.command()(history)
app.command()(rounds)
