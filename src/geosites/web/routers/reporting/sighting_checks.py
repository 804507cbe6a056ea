"""Review queue of sightings: verify, reject with a reason, correct, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import NotFound, Outdated, Refused
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import sighting_checks
from geosites.db.reports.sighting_checks import CheckFilter, CheckState
from geosites.permissions.policy import Permission
from geosites.presentation.path_prefix import unrooted
from geosites.validation.api_schemas.check_schemas import Check, CheckReason, CheckVerdict
from geosites.web import views
from geosites.web.form_data.checked_sightings import (
    TypedCorrection,
    corrected,
    places,
    seen,
    typed_again,
    visible,
)
from geosites.web.form_data.forms import FilledForm, Mistaken, TypedForm, mistakes, version_of
from geosites.web.form_data.report_dependencies import seen_sites
from geosites.web.http.query_params import Instant
from geosites.web.http.redirects import recorded, safe_path
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.reporting.report_form import SelectOption, site_choices
from geosites.web.views.reporting.sighting_checks import CheckList, SeenSighting

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

PAGE = 25
LIST = "/sightings"
Checking = Annotated[RequestContext, requires(Permission.CHECK_SIGHTINGS)]
SightingId = Annotated[UUID, Path(description="The id of the sighting.")]
Chosen = Annotated[str, Query(max_length=200)]


class TypedDecision(TypedForm):
    """What a form decides about a sighting: `verdict:reason`."""

    decision: str = ""
    version: str = ""
    back: str = ""


@router.get("/sightings")
def show_list(
    context: Checking,
    state: Chosen = CheckState.TO_CHECK.value,
    people: Chosen = "seen",
    week: Chosen = "",
    unit: Chosen = "",
    territory: Chosen = "",
    before: Instant | None = None,
    done: UUID | None = None,
) -> Response:
    """Show the sightings to be checked, the newest first, or a filtered list."""
    query = {"state": state, "people": people, "week": week, "unit": unit, "territory": territory}
    asked, wrong = _filter(context, query)
    query["motive"] = context.motive or ""
    with context.begin() as conn:
        lines = sighting_checks.lines(conn, asked, PAGE, before)
        listed = CheckList(
            lines=seen(conn, context, lines),
            total=sighting_checks.count(conn, asked),
            query=query,
            units=sighting_checks.units(conn, context.principal.scope),
            territories=_territories(conn, context),
            before=lines[-1].sighting.observed_at if len(lines) == PAGE else None,
            done=_done(conn, context, done),
        )
        page = context.page.marked(store_flags.is_exercise(conn))
    html = views.sighting_checks(page, listed, FilledForm(typed=query, wrong=wrong))
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


@router.get("/sightings/{sighting}")
def show_sighting(
    sighting: SightingId, context: Checking, back: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """Show a sighting, its earlier versions, and the forms to decide about it and correct it."""
    with context.begin() as conn:
        return _page(conn, context, sighting, back)


@router.post("/sightings/{sighting}/decision")
def decide(
    sighting: SightingId, typed: Annotated[TypedDecision, Form()], context: Checking
) -> Response:
    """Verify, reject or withdraw a sighting, or put it back to be checked."""
    try:
        with context.begin() as conn:
            visible(conn, context, sighting)
            with mistakes("decision"):
                check = _check(context, sighting, typed.decision, correcting=False)
                sighting_checks.decide(conn, check, version_of(typed.version))
    except Outdated:
        return _again(context, sighting, typed, None, HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _again(context, sighting, typed, error, HTTPStatus.UNPROCESSABLE_ENTITY)
    back = _back(typed.back)
    if back is None:
        return recorded(_own(context, sighting))
    told = f"{back}{'&' if '?' in back else '?'}done={sighting}"
    return RedirectResponse(told, HTTPStatus.SEE_OTHER)


@router.post("/sightings/{sighting}/correction")
def correct(
    sighting: SightingId, typed: Annotated[TypedCorrection, Form()], context: Checking
) -> Response:
    """Correct the count, the time or the place of a sighting, as a new version of it."""
    try:
        with context.begin() as conn:
            line = visible(conn, context, sighting)
            seen_version = version_of(typed.version)
            if seen_version != line.since:
                raise Outdated("it was changed by somebody else since it was shown")
            record = corrected(conn, context, line, typed)
            with mistakes("reason"):
                check = _check(context, sighting, typed.reason, correcting=True)
            with mistakes("headcount"):
                sighting_checks.correct(conn, check, record, seen_version)
    except Outdated:
        return _again(context, sighting, typed, None, HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _again(context, sighting, typed, error, HTTPStatus.UNPROCESSABLE_ENTITY)
    return recorded(_own(context, sighting, typed.back))


def _check(context: RequestContext, sighting: UUID, choice: str, *, correcting: bool) -> Check:
    verdict, _, reason = choice.partition(":")
    known = verdict in set(CheckVerdict) and reason in set(CheckReason)
    if not known or correcting is not (verdict == CheckVerdict.CORRECTED):
        raise Refused("choose one of the list")
    principal = context.principal
    return Check(
        sighting=sighting,
        verdict=CheckVerdict(verdict),
        reason=CheckReason(reason),
        login=principal.login,
        unit=principal.unit,
    )


def _again(
    context: RequestContext,
    sighting: UUID,
    typed: TypedDecision | TypedCorrection,
    error: Mistaken | None,
    status: HTTPStatus,
) -> Response:
    """Show the page again with the typed values, and changes by others meanwhile."""
    wrong = error.wrong if error else {}
    form = FilledForm(typed=typed.model_dump(), wrong=wrong, version=typed.version)
    with context.begin() as conn:
        return _page(conn, context, sighting, typed.back, form, status)


def _page(
    conn: sa.Connection,
    context: RequestContext,
    sighting: UUID,
    back: str,
    form: FilledForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    line, words = visible(conn, context, sighting), context.page.words
    versions = sighting_checks.versions(conn, sighting)
    (shown,) = seen(conn, context, [line])
    filled = typed_again(line, exact=shown.exact).model_dump()
    changed: list[str] = []
    if form is not None:
        was = [item for item in versions if item.since.isoformat() == form.version]
        if status is HTTPStatus.CONFLICT:
            before = was[0].sighting if was else versions[0].sighting
            changed = views.differences(words, before, line.sighting)
        filled |= form.typed
    made = FilledForm(
        typed=filled,
        wrong=form.wrong if form else {},
        changed=changed,
        version=line.since.isoformat(),
    )
    none = SelectOption("", words.say("No site"))
    html = views.sighting_check(
        context.page.marked(store_flags.is_exercise(conn)),
        shown,
        versions,
        places(conn, context, [item.sighting for item in versions]),
        made,
        [none, *site_choices(seen_sites(conn, context))],
        _back(back) or context.page.links.sighting_checks(),
    )
    return HTMLResponse(html, status)


def _filter(
    context: RequestContext, query: Mapping[str, str]
) -> tuple[CheckFilter, dict[str, str]]:
    """Return the filters, and the names of invalid fields, which are ignored."""
    wrong: dict[str, str] = {}
    start = end = None
    if query["week"]:
        try:
            week = IsoWeek.parse(query["week"])
            start, end = week.start, week.end
        except Refused as error:
            wrong["week"] = error.message
    state = query["state"] if query["state"] in set(CheckState) else None
    asked = CheckFilter(
        state=CheckState(state) if state else None,
        empty=query["people"] == "all",
        start=start,
        end=end,
        unit=query["unit"] or None,
        territory=query["territory"] or None,
        scope=context.principal.scope,
    )
    return asked, wrong


def _done(
    conn: sa.Connection, context: RequestContext, sighting: UUID | None
) -> SeenSighting | None:
    """Return the sighting that was just decided about; None where it is not to be seen."""
    if sighting is None:
        return None
    try:
        (shown,) = seen(conn, context, [visible(conn, context, sighting)])
        check = sighting_checks.versions(conn, sighting)[-1].check
        return replace(shown, decided=check.verdict if check else None)
    except NotFound:
        return None


def _territories(conn: sa.Connection, context: RequestContext) -> dict[str, str]:
    frame = territories.frame(conn)
    scope = context.principal.scope
    named = dict(zip(frame.code.tolist(), frame.name.tolist(), strict=True))
    return {code: name for code, name in named.items() if not scope or code in scope}


def _back(asked: str) -> str | None:
    """Return the URL of the list that a form came from; no other target is allowed."""
    path = safe_path(asked)
    return path if path and unrooted(path).partition("?")[0] == LIST else None


def _own(context: RequestContext, sighting: UUID, back: str = "") -> str:
    return context.page.links.sighting_check(sighting, _back(back))
