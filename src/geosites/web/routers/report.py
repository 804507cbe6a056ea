"""The report form: one page that works with script and without, and the receipt after it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID, uuid4

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from geosites.core.errors import Conflict, Refused, RowsRefused
from geosites.core.records import Sighting, Site
from geosites.db import duplicate_merges, notes, sightings, sites, store_flags, territories
from geosites.permissions import todays_reports
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import Act
from geosites.validation import SightingIn
from geosites.web import responses, views
from geosites.web.report_dependencies import context, noted, of_unit
from geosites.web.request_context import Visit, may
from geosites.web.views import report_form

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

FIELDS = {"lon": "place", "lat": "place", "accuracy_m": "place", "site": "place"}
"""Which fields of the form stand for the columns of a report; the others have their own name."""


class Typed(BaseModel):
    """What was typed into the form, as text; nothing is a value before the door has judged it."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    id: str = ""
    lon: str = ""
    lat: str = ""
    accuracy_m: str = ""
    site: str = ""
    nobody: str = ""
    headcount: str = ""
    observed_at: str = ""
    origin: str = ""
    activity: str = ""
    note: str = ""


class Mistaken(Refused):
    """The form has fields that cannot be taken: their names, each with the reason."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        self.wrong = dict(wrong)
        super().__init__(", ".join(wrong))


@router.get("/report")
def show_form(visit: Annotated[Visit, may(Act.REPORT_SIGHTING)]) -> str:
    """Show the form, with the sites and what was reported today."""
    with visit.begin() as conn:
        return _form(conn, visit, views.Filled(id=str(uuid4()), typed=Typed().model_dump()))


@router.post("/report")
def take_form(
    typed: Annotated[Typed, Form()], visit: Annotated[Visit, may(Act.REPORT_SIGHTING)]
) -> Response:
    """Record what was typed and lead to the receipt, or show the form again with what is wrong."""
    try:
        with visit.begin() as conn:
            record, note = _record(conn, visit, typed)
            _add(conn, record, timed=bool(typed.observed_at))
            if note is not None:
                notes.add(conn, record.id, note)
        receipt = visit.page.links.receipt(record.id)
        return RedirectResponse(receipt, HTTPStatus.SEE_OTHER)
    except Mistaken as error:
        return _again(visit, typed, typed.id, error.wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict:
        return _again(visit, typed, str(uuid4()), {"form": ""}, HTTPStatus.CONFLICT)


@router.get("/report/{sighting}")
def show_receipt(sighting: UUID, visit: Annotated[Visit, may(Act.REPORT_SIGHTING)]) -> str:
    """Show what was recorded of one sighting, and what may show the same scene."""
    with visit.begin() as conn:
        found, doubts = todays_reports.receipt(conn, visit.viewer, sighting, visit.motive)
        counted = duplicate_merges.head_of(conn, sighting)
        page = visit.page.marked(store_flags.is_exercise(conn))
        note = notes.of(conn, [sighting]).get(sighting) if visit.config.notes else None
        return views.receipt(page, found, _place(conn, found), doubts, counted, note)


@router.get("/layers/today")
def today_layer(request: Request, visit: Annotated[Visit, may(Act.REPORT_SIGHTING)]) -> Response:
    """Return the sites and what was reported today, for the map of the form."""
    with visit.begin() as conn:
        seen = todays_reports.today(conn, visit.viewer, visit.now)
        known = _sites(conn, visit)
    return responses.layer(
        request, report_form.layer(visit.page.words, visit.page.links, known, seen)
    )


def _form(conn: sa.Connection, visit: Visit, filled: views.Filled) -> str:
    page = visit.page.marked(store_flags.is_exercise(conn))
    filled = dataclasses.replace(filled, viewer=visit.viewer.login, notes=visit.config.notes)
    seen = todays_reports.today(conn, visit.viewer, visit.now)
    return views.report(page, filled, _sites(conn, visit), seen)


def _again(
    visit: Visit, typed: Typed, identifier: str, wrong: Mapping[str, str], status: HTTPStatus
) -> Response:
    filled = views.Filled(id=identifier, typed=typed.model_dump(), wrong=wrong)
    with visit.begin() as conn:
        return HTMLResponse(_form(conn, visit, filled), status)


def _record(conn: sa.Connection, visit: Visit, typed: Typed) -> tuple[Sighting, str | None]:
    """Return what was typed as a record, through the same door as every report, and its note."""
    given = {name: text for name, text in typed.model_dump().items() if text and name != "nobody"}
    given.setdefault("id", str(uuid4()))
    given.setdefault("observed_at", visit.now.isoformat())
    if not {"lon", "lat"} & given.keys():
        given.update(_at_site(conn, visit, typed.site))
    _count(given, typed)
    try:
        report = SightingIn.model_validate({"lon": "", "lat": "", **given})
        record = of_unit(report, visit.viewer).to_record(context(conn, visit.now))
    except RowsRefused as error:
        raise Mistaken(
            {FIELDS.get(row.column, row.column): row.reason for row in error.rows}
        ) from error
    try:
        return record, noted(report, visit)
    except Refused as error:
        raise Mistaken({"note": str(error).removeprefix("note: ")}) from error


def _at_site(conn: sa.Connection, visit: Visit, slug: str) -> dict[str, str]:
    """Return the position of the site that was chosen, where only that was given."""
    known = {choice.value: choice for choice in report_form.site_choices(_sites(conn, visit))}
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


def _sites(conn: sa.Connection, visit: Visit) -> list[Site]:
    """Return the sites in the viewer's territories."""
    found = sites.everything(conn)
    seen = in_scope(visit.viewer, [site.territory for site in found])
    return [site for site, inside in zip(found, seen, strict=True) if inside]


def _place(conn: sa.Connection, sighting: Sighting) -> str:
    if sighting.site is not None:
        return sites.get(conn, sighting.site).name
    return territories.names(conn)[sighting.territory]
