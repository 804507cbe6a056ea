"""The report form, with and without JavaScript, and its receipt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ConfigDict, Field, create_model
from starlette.responses import Response

from geosites.core import city
from geosites.core.crs import to_geographic
from geosites.core.errors import Conflict, NotFound, OtherAccount, Refused, RowsRefused, Unconfirmed
from geosites.core.records import CHOSEN_OF_SIGHTING, Sighting
from geosites.db.access import accounts
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.db.reports import duplicate_merges, notes, sightings
from geosites.permissions import todays_reports
from geosites.permissions.policy import Permission, Role
from geosites.permissions.report_scope import OutOfScope, require_reportable
from geosites.validation import SightingIn
from geosites.web import views
from geosites.web.form_data import corrections, receipts
from geosites.web.form_data.forms import FormFields, Mistaken
from geosites.web.form_data.report_dependencies import (
    noted,
    of_unit,
    place_name,
    require_maker,
    require_new_confirmed,
    seen_sites,
    validation_context,
)
from geosites.web.http import responses
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.reporting import report_form

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

FIELDS = {"lon": "place", "lat": "place", "accuracy_m": "place", "site": "place"}
"""Form fields by report column, where the names differ."""


if TYPE_CHECKING:
    _Chosen = FormFields
else:
    _Chosen = create_model(
        "_Chosen", __base__=FormFields, **{item.name: (str, "") for item in CHOSEN_OF_SIGHTING}
    )


class Typed(_Chosen):
    """Form values as text, before validation."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    id: str = ""
    made_by: str = ""
    corrects: str = ""
    confirmed: list[str] = Field(default_factory=list)
    lon: str = ""
    lat: str = ""
    accuracy_m: str = ""
    site: str = ""
    nobody: str = ""
    headcount: str = ""
    observed_at: str = ""
    offset: str = ""
    origin: str = ""
    unit: str = ""
    note: str = ""


@router.get("/report")
def show_form(
    context: Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)],
    corrects: Annotated[UUID | None, Query(description="A report to correct.")] = None,
) -> str:
    """Show the form, with the sites and today's reports; filled in to correct a report."""
    with context.begin() as conn:
        if corrects is None:
            return _form(conn, context, _filled(context, str(uuid4()), Typed()))
        corrections.require_own(conn, context, corrects)
        typed = _typed_again(sightings.get(conn, corrects))
        return _form(conn, context, _filled(context, str(corrects), typed))


@router.post("/report")
def take_form(
    typed: Annotated[Typed, Form()],
    context: Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)],
) -> Response:
    """Record the report and redirect to its receipt, or show the form again with the errors."""
    try:
        with context.begin() as conn:
            identifier = _take(conn, context, typed)
        receipt = context.page.links.receipt(identifier)
        return RedirectResponse(receipt, HTTPStatus.SEE_OTHER)
    except Mistaken as error:
        return _again(context, typed, typed.id, error.wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    except OtherAccount:
        return _again(context, typed, typed.id, {"account": ""}, HTTPStatus.CONFLICT)
    except Unconfirmed as error:
        asked = [(item.code, context.page.words.retold(item.text)) for item in error.questions]
        return _again(context, typed, typed.id, {}, HTTPStatus.UNPROCESSABLE_ENTITY, asked)
    except Conflict:
        return _again(context, typed, str(uuid4()), {"form": ""}, HTTPStatus.CONFLICT)


@router.get("/report/{sighting}")
def show_receipt(
    sighting: UUID, context: Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)]
) -> str:
    """Show the record of a sighting, and its possible duplicates."""
    with context.begin() as conn:
        result, doubts = todays_reports.receipt(conn, context.principal, sighting, context.motive)
        counted = duplicate_merges.head_of(conn, sighting)
        page = context.page.marked(store_flags.is_exercise(conn))
        note = notes.of(conn, [sighting]).get(sighting) if context.config.notes else None
        place = place_name(conn, context, result)
        changes = corrections.may_change(conn, context, sighting)
        return views.receipt(page, result, place, doubts, counted, note, may_change=changes)


@router.get("/layers/today")
def today_layer(
    request: Request, context: Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)]
) -> Response:
    """Return the sites and today's reports, for the map of the form."""
    with context.begin() as conn:
        now = exercise_calendar.present(conn, context.now)
        seen = todays_reports.today(conn, context.principal, now)
        known = seen_sites(conn, context)
    return responses.layer(
        request, report_form.layer(context.page.words, context.page.links, known, seen)
    )


def _take(conn: sa.Connection, context: RequestContext, typed: Typed) -> UUID:
    """Record a report, or a correction; return its id."""
    require_maker(typed.made_by or None, context.principal)
    report, note = _report(conn, context, typed)
    if typed.corrects:
        corrected = _identifier(typed.corrects)
        with _mistakes():
            return corrections.correct(conn, context, corrected, report, typed.confirmed)[0].id
    with _mistakes():
        record = of_unit(report, context.principal).to_record(validation_context(conn, context))
        require_reportable(context.principal, record)
    require_new_confirmed(conn, context, record, typed.confirmed)
    _add(conn, record, timed=bool(typed.observed_at))
    if note is not None:
        notes.add(conn, record.id, note)
    return record.id


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("sighting", text[:40]) from error


@contextmanager
def _mistakes() -> Iterator[None]:
    """Turn refused columns into mistakes of the fields that they were typed into."""
    try:
        yield
    except RowsRefused as error:
        wrong = {FIELDS.get(row.column, row.column): row.reason for row in error.rows}
        raise Mistaken(wrong) from error
    except OutOfScope as error:
        raise Mistaken({"place": error.message}) from error


def _typed_again(there: Sighting) -> Typed:
    """Return a report as it would be typed again."""
    ((lon, lat),) = to_geographic([[there.point.x, there.point.y]]).round(6).tolist()
    local = there.observed_at.astimezone(city.zone())
    typed = Typed(
        corrects=str(there.id),
        lon=str(lon),
        lat=str(lat),
        accuracy_m="" if there.accuracy_m is None else str(there.accuracy_m),
        site=there.site or "",
        nobody="" if there.headcount else "1",
        headcount=str(there.headcount or ""),
        observed_at=local.strftime("%Y-%m-%dT%H:%M:%S"),
        offset=local.strftime("%:z"),
        origin=there.origin,
        unit=there.unit or "",
    )
    chosen = {item.name: getattr(there, item.name) or "" for item in CHOSEN_OF_SIGHTING}
    return typed.model_copy(update=chosen)


def _filled(
    context: RequestContext,
    identifier: str,
    typed: Typed,
    wrong: Mapping[str, str] | None = None,
    asked: Sequence[tuple[str, str]] = (),
) -> views.Filled:
    return views.Filled(
        id=identifier,
        typed=typed.model_dump(),
        wrong=wrong or {},
        asked=asked,
        plausible_heads=context.config.plausible_heads,
    )


def _form(conn: sa.Connection, context: RequestContext, filled: views.Filled) -> str:
    page = context.page.marked(store_flags.is_exercise(conn))
    principal, chooses = context.principal, context.principal.role is not Role.REPORTER
    filled = dataclasses.replace(
        filled,
        login=principal.login,
        unit=principal.unit,
        units=accounts.units(conn) if chooses else (),
        notes=context.config.notes,
        now=receipts.instant(context.now),
    )
    seen = todays_reports.today(conn, principal, exercise_calendar.present(conn, context.now))
    return views.report(page, filled, seen_sites(conn, context), seen)


def _again(
    context: RequestContext,
    typed: Typed,
    identifier: str,
    wrong: Mapping[str, str],
    status: HTTPStatus,
    asked: Sequence[tuple[str, str]] = (),
) -> Response:
    words = context.page.words
    message = {name: words.retold(reason) for name, reason in wrong.items()}
    filled = _filled(context, identifier, typed, message, asked)
    with context.begin() as conn:
        return HTMLResponse(_form(conn, context, filled), status)


def _report(
    conn: sa.Connection, context: RequestContext, typed: Typed
) -> tuple[SightingIn, str | None]:
    """Return the form values as a report, and its note."""
    aside = ("nobody", "made_by", "corrects", "confirmed", "offset", "unit")
    given = {name: text for name, text in typed.model_dump(exclude=set(aside)).items() if text}
    given.setdefault("id", str(uuid4()))
    given["observed_at"] = typed.observed_at + typed.offset or context.now.isoformat()
    if typed.unit and context.principal.role is not Role.REPORTER:
        given["unit"] = typed.unit
    for name in {"lon", "lat", "accuracy_m"} & given.keys():
        given[name] = given[name].replace(",", ".")
    if not {"lon", "lat"} & given.keys():
        given.update(_at_site(conn, context, typed.site))
    _count(given, typed)
    report = SightingIn.model_validate({"lon": "", "lat": "", **given})
    try:
        return report, noted(report, context)
    except Refused as error:
        raise Mistaken({"note": str(error).removeprefix("note: ")}) from error


def _at_site(conn: sa.Connection, context: RequestContext, slug: str) -> dict[str, str]:
    """Return the position of the site that was chosen, where only that was given."""
    known = {choice.value: choice for choice in report_form.site_choices(seen_sites(conn, context))}
    if slug not in known:
        raise Mistaken({"place": ""})
    site = known[slug]
    return {"lon": str(site.lon), "lat": str(site.lat), "accuracy_m": str(site.accuracy_m)}


def _count(given: dict[str, str], typed: Typed) -> None:
    neither, both = not typed.headcount, bool(typed.headcount.strip("0"))
    if both if typed.nobody else neither:
        raise Mistaken({"headcount": ""})
    if typed.nobody:
        given["headcount"] = "0"


def _add(conn: sa.Connection, record: Sighting, *, timed: bool) -> None:
    """Record a sighting; the same form sent twice is one, though "now" was another instant."""
    try:
        sightings.add(conn, record)
    except Conflict:
        there = sightings.get(conn, record.id)
        if timed or dataclasses.replace(record, observed_at=there.observed_at) != there:
            raise
