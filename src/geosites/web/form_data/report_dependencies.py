"""Dependencies of a report: clock, geography, sites, and the reporting unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import unquote

import shapely
import sqlalchemy as sa
from fastapi import Header

from geosites.core.closure_acts import ClosureAct
from geosites.core.documents.reports import ReceiptDocument, ReceiptForm
from geosites.core.errors import Forbidden, OtherAccount, Question, Refused, Unconfirmed, phrase
from geosites.core.lru import OwnedCaches
from geosites.core.records import Sighting, Site
from geosites.db import fingerprint
from geosites.db.geography import sites, territories
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.db.reports import own_reports, sightings
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import Principal, Role
from geosites.presentation.formatting import Words
from geosites.presentation.text.location_text import near_text
from geosites.services.places import place_names
from geosites.validation import Context, SightingIn, WatchedTerritories
from geosites.validation.records.plausibility_questions import questions
from geosites.web.form_data import receipts
from geosites.web.request_context import RequestContext

_DOORS = OwnedCaches(2)
"""Cached validation context of reports, until sites, territories or flags change."""

NEAR_M = 500.0
"""A report is named by a site at most so far away."""

MadeBy = Annotated[
    str | None,
    Header(alias="Geosites-Made-By", description="The login that made it, where it had to wait."),
]


def validation_context(conn: sa.Connection, context: RequestContext) -> Context:
    """Return the validation context of reports; read again only if it has changed."""

    def read() -> Context:
        return Context(
            now=context.now,
            ground=WatchedTerritories.of(territories.frame(conn)),
            sites=sites.slugs(conn),
            perimeters=sites.perimeters(conn),
            exercise=store_flags.is_exercise(conn),
        )

    known: Context = _DOORS.of(conn.engine).get(fingerprint.of_doors(conn), read)
    calendar = exercise_calendar.open_day(conn, context.now) if known.exercise else None
    return replace(known, now=context.now, calendar=calendar, first_day=context.config.first_day)


def dated_act(conn: sa.Connection, context: RequestContext, act: ClosureAct) -> ClosureAct:
    """Return an act on a closure with its date: in an exercise by its calendar."""
    calendar = exercise_calendar.open_day(conn, context.now)
    return act if calendar is None else calendar.moved(act)


def noted(report: SightingIn, context: RequestContext) -> str | None:
    """Return the note of a report, if it has one; raises `Refused` where it may have none."""
    if report.note is not None and not context.config.notes:
        raise Refused("note: this service takes no notes")
    return report.safe_note()


def require_maker(made_by: str | None, principal: Principal) -> None:
    """Raise `OtherAccount` if a report was made by another account than the current one."""
    if made_by is not None and unquote(made_by) != principal.login:
        raise OtherAccount(
            "this report was made by another account, which has to sign in to send it"
        )


def require_confirmed(
    conn: sa.Connection,
    context: RequestContext,
    record: Sighting,
    confirmed: Collection[str] | None,
) -> None:
    """Raise `Unconfirmed` if a report is likely to be a slip; None disables the check."""
    if confirmed is None:
        return
    perimeter = sites.get(conn, record.site).perimeter if record.site else None
    bound, now = context.config.plausible_heads, exercise_calendar.present(conn, context.now)
    asked = [*questions(record, perimeter, now=now, plausible_heads=bound)]
    asked += _again(conn, context, record)
    left = [question for question in asked if question.code not in confirmed]
    if left:
        raise Unconfirmed(left)


def require_new_confirmed(
    conn: sa.Connection,
    context: RequestContext,
    record: Sighting,
    confirmed: Collection[str] | None,
) -> None:
    """Raise as `require_confirmed`, but for a report that is recorded already."""
    if confirmed is not None and not sightings.is_recorded(conn, record.id):
        require_confirmed(conn, context, record, confirmed)


def _again(conn: sa.Connection, context: RequestContext, record: Sighting) -> list[Question]:
    there = own_reports.previous(conn, record, context.principal.login)
    if there is None:
        return []
    text = phrase(
        "You reported %(heads)s people here within ten minutes: is this another group?",
        heads=there.headcount,
    )
    return [Question.of(code="again", text=text, about=str(there.id))]


def receipt(
    conn: sa.Connection, context: RequestContext, record: Sighting, *, added: bool
) -> ReceiptForm | ReceiptDocument:
    """Return the receipt of a report: for the form as it shows it, where by name; else short."""
    short: ReceiptDocument = {"id": str(record.id), "added": added}
    if not receipts.asked_for(context.request):
        return short
    spent_s = 0 if added else own_reports.age_s(conn, record.id)
    return {
        **short,
        "now": receipts.instant(context.now),
        "observed_at": receipts.instant(record.observed_at),
        "headcount": record.headcount,
        "place": place_name(conn, context, record),
        "unit": record.unit,
        "login": context.principal.login,
        "correct_s": max(0, 60 * context.config.correct_min - spent_s),
    }


def place_name(conn: sa.Connection, context: RequestContext, record: Sighting) -> str:
    """Return the location of a report by name: its site, or its street and surroundings."""
    words = context.page.words
    if record.site is not None:
        return sites.get(conn, record.site).name
    (beside,) = place_names.near(conn, [[record.point.x, record.point.y]])
    street = near_text(words, beside)
    near = _nearest(record, seen_sites(conn, context))
    around = [near_name(words, *near)] if near else territories.names_at(conn, record.point)
    return ", ".join(part for part in (street, *around) if part) or words.say("on the map")


def near_name(words: Words, name: str, metres: float) -> str:
    """Return the description of a place near a site: within it, or its distance."""
    if metres < 1:
        return name
    return words.say("%(metres)s from %(name)s", metres=words.metres(metres), name=name)


def _nearest(record: Sighting, known: Sequence[Site]) -> tuple[str, float] | None:
    apart = [(float(shapely.distance(record.point, item.perimeter)), item.name) for item in known]
    metres, name = min(apart, default=(NEAR_M, ""))
    return (name, metres) if metres < NEAR_M else None


def seen_sites(conn: sa.Connection, context: RequestContext) -> list[Site]:
    """Return the sites in the viewer's territories."""
    result = sites.list_all(conn)
    seen = in_scope(context.principal, [site.territory for site in result])
    return [site for site, inside in zip(result, seen, strict=True) if inside]


def of_unit(report: SightingIn, principal: Principal) -> SightingIn:
    """Return the report with the viewer's unit, where it names none.

    Raises `Forbidden` where a reporter names another unit than their own.
    """
    if report.unit is None:
        return report.model_copy(update={"unit": principal.unit or None})
    if principal.role is Role.REPORTER and report.unit != principal.unit:
        raise Forbidden(
            "unit %(unit)r: reports are recorded for your own, %(own)s",
            unit=report.unit,
            own=principal.unit,
        )
    return report
