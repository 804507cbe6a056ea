"""`geosites closures`: declare, extend, lift; their history; round sheets."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from geosites import services
from geosites.cli.output import (
    AsJson,
    answers,
    parse_instant,
    print_json,
    print_statement,
    print_table,
    remarks,
    say,
)
from geosites.cli.queries import exercise_note
from geosites.cli.store_setup import open_store
from geosites.core.records import Closure, ClosureAct, ClosureActKind, ClosureReason
from geosites.db import closures, sites, territories
from geosites.presentation.charts.status_timeline import stretches
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.round_pdf import round_pdf
from geosites.presentation.text.round_text import round_table, rounds_statement
from geosites.settings import Settings
from geosites.validation import ClosureIn, Context, Ground

app = typer.Typer(no_args_is_help=True, help="Closures: declare, extend, lift, look back, plan.")

Named = Annotated[str, typer.Argument(help="The id of a closure, or a site that has one.")]
Why = Annotated[ClosureReason, typer.Option("--reason", help="From a list; there is no free text.")]
LegalRef = Annotated[
    str | None, typer.Option("--legal-ref", help="A short reference with its number.")
]
ReviewDays = Annotated[
    int | None, typer.Option("--review-days", min=1, max=3660, help="Visited at least that often.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="An instant; by default now.")]


@app.command()
def declare(
    site: Annotated[str, typer.Argument(help="The site.")],
    start: Annotated[str, typer.Option("--from", help="The instant from which it is closed.")],
    reason: Why,
    until: Annotated[
        str | None, typer.Option(help="An instant; by default until further notice.")
    ] = None,
    legal_ref: LegalRef = None,
    review_days: ReviewDays = None,
) -> None:
    """Declare a site closed. A closure that overlaps another of the site is refused."""
    report = ClosureIn(
        site=site,
        closed_from=start,
        closed_until=until,
        legal_ref=legal_ref,
        review_days=None if review_days is None else str(review_days),
    )
    now = dt.datetime.now(dt.UTC)
    with open_store(Settings()) as store, store.begin() as conn:
        ground = Ground.of(territories.frame(conn))
        closure = report.to_record(Context(now=now, ground=ground, sites=sites.slugs(conn)))
        act = _act(closure, ClosureActKind.DECLARED, reason, legal_ref, closure.closed_until)
        added = closures.declare(conn, closure, act)
    answers.print(str(closure.id))
    if not added:
        remarks.print("the very same closure was recorded already")


@app.command()
def extend(
    closure: Named,
    reason: Why,
    until: Annotated[str | None, typer.Option(help="The later end.")] = None,
    until_further_notice: Annotated[bool, typer.Option("--until-further-notice")] = False,
    legal_ref: LegalRef = None,
    review_days: ReviewDays = None,
) -> None:
    """Move the end of a closure to a later instant, or take it away."""
    if (until is None) is not until_further_notice:
        raise typer.BadParameter(say("give --until, or --until-further-notice"))
    end = None if until is None else parse_instant(until)
    with open_store(Settings()) as store, store.begin() as conn:
        before = closures.named(conn, closure, dt.datetime.now(dt.UTC))
        act = _act(before, ClosureActKind.EXTENDED, reason, legal_ref, end)
        changed = closures.extend(conn, act, review_days=review_days)
    _say(changed)


@app.command()
def lift(
    closure: Named,
    reason: Why,
    at: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    legal_ref: LegalRef = None,
) -> None:
    """End a closure before its time."""
    now = dt.datetime.now(dt.UTC)
    with open_store(Settings()) as store, store.begin() as conn:
        before = closures.named(conn, closure, now)
        end = parse_instant(at) if at else now
        act = _act(before, ClosureActKind.LIFTED, reason, legal_ref, end)
        changed = closures.lift(conn, act)
    _say(changed)


@app.command(name="list")
def list_(
    site: Annotated[str | None, typer.Argument(help="Only of this site.")] = None,
    as_json: AsJson = False,
) -> None:
    """List closures, and what was done about each."""
    with open_store(Settings()) as store, store.begin() as conn:
        found = closures.everything(conn) if site is None else _of_site(conn, site)
        listed = [_listed(conn, one) for one in found]
    if as_json:
        print_json({"closures": listed})
        return
    for one in listed:
        _print_closure(one)


@app.command()
def history(
    site: Annotated[str, typer.Argument(help="The site.")],
    start: Annotated[
        str | None, typer.Option(help="An instant; by default some time before its first closure.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the status of a site over time, exact at each change."""
    settings = Settings()
    until = parse_instant(end) if end else dt.datetime.now(dt.UTC)
    since = parse_instant(start) if start else None
    with open_store(settings) as store, store.begin() as conn:
        document = services.history(conn, site, since, until).document()
    if as_json:
        print_json(document)
        return
    words = Words(settings.language)
    print_statement(exercise_note(words, document))
    print_table(stretches(words, document))


@app.command()
def rounds(
    days: Annotated[int, typer.Option(min=0, max=60, help="Visits due within so many.")] = 3,
    most: Annotated[int, typer.Option(min=1, max=200, help="At most so many sites.")] = 12,
    as_of: AsOf = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the sheet to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell which sites to visit, in which part of the day, in what order."""
    settings = Settings()
    words, instant = Words(settings.language), _instant(as_of)
    with open_store(settings) as store, store.begin() as conn:
        due_by = instant + dt.timedelta(days=days)
        sheet = services.rounds(conn, instant, due_by, most=most).document()
    if pdf is not None:
        pdf.write_bytes(round_pdf(words, sheet))
    if as_json:
        print_json(sheet)
        return
    print_statement([*exercise_note(words, sheet), rounds_statement(words, sheet)])
    for one in sheet["rounds"]:
        print_table(round_table(words, Links(), sheet, one))


def _instant(text: str | None) -> dt.datetime:
    return parse_instant(text) if text else dt.datetime.now(dt.UTC)


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


def _of_site(conn: sa.Connection, slug: str) -> list[Closure]:
    return closures.of_site(conn, sites.get(conn, slug).slug)


def _listed(conn: sa.Connection, closure: Closure) -> dict[str, Any]:
    done = [
        {
            "at": at,
            "kind": act.kind,
            "reason": act.reason,
            "legal_ref": act.legal_ref,
            "until": act.until,
        }
        for at, act in closures.acts(conn, closure.id)
    ]
    return {**asdict(closure), "acts": done}


def _say(closure: Closure) -> None:
    until = closure.closed_until.isoformat() if closure.closed_until else say("further notice")
    said = say("%(site)s is closed until %(until)s.", site=closure.site, until=until)
    remarks.print(said, markup=False)


def _print_closure(one: dict[str, Any]) -> None:
    until = one["closed_until"].isoformat() if one["closed_until"] else "…"
    reference = f", {one['legal_ref']}" if one["legal_ref"] else ""
    answers.print(
        f"{one['id']}  {one['site']}: {one['closed_from'].isoformat()} – {until}{reference}",
        markup=False,
    )
    for act in one["acts"]:
        answers.print(f"    {act['at'].isoformat()}  {act['kind']}: {act['reason']}", markup=False)
