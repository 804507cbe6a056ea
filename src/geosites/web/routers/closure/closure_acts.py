"""Closure forms on the page of a site: declare, extend, lift, with a preview of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites import services
from geosites.core import city
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.errors import NotFound, Outdated
from geosites.core.records import Closure
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.geography import sites
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.form_data import closure_forms as forms
from geosites.web.form_data.closure_forms import Act, TypedClosure
from geosites.web.form_data.forms import (
    FilledForm,
    Mistaken,
    TypedForm,
    clock_text,
    mistakes,
    version_of,
)
from geosites.web.http.redirects import recorded
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.closure.closure_acts import ClosureLine, SiteName

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Recording = Annotated[RequestContext, requires(Permission.RECORD_EVENT)]
Slug = Annotated[str, Path(description="The site.", max_length=200)]
ClosureId = Annotated[UUID, Path(description="The id of the closure.")]
Typed = Annotated[TypedClosure, Form()]
_EMPTY = TypedClosure(review_days="14")


class TypedClosureReturn(TypedForm):
    """Form to restore a closure: the withdrawn version."""

    version: str = ""


@router.get("/sites/{slug}/closures")
def show_closures(slug: Slug, context: Recording) -> Response:
    """Show the closures of a site with their acts, and the form for another."""
    return _declare_form(context, slug, _EMPTY)


@router.post("/sites/{slug}/closures")
def declare(slug: Slug, typed: Typed, context: Recording) -> Response:
    """Show what a closure would change, or declare it once that was shown."""
    try:
        with context.begin() as conn:
            site = _site(conn, context, slug)
            context.asked.require_whole_site(conn, slug)
            act = forms.declaring(conn, context, slug, typed)
            if not typed.confirmed:
                action = context.page.links.site_closures(slug)
                return _trial(conn, context, site, ClosureActKind.DECLARED, act, typed, action)
            act(conn)
    except Mistaken as error:
        return _declare_form(context, slug, typed, error.wrong)
    return recorded(context.page.links.site(slug))


@router.get("/closures/{closure}/extend")
def show_extension(closure: ClosureId, context: Recording) -> Response:
    """Show the form to extend a closure."""
    return _act_form(context, closure, ClosureActKind.EXTENDED)


@router.post("/closures/{closure}/extend")
def extend(closure: ClosureId, typed: Typed, context: Recording) -> Response:
    """Show what a later end would change, or set it once that was shown."""
    return _done(context, closure, ClosureActKind.EXTENDED, typed)


@router.get("/closures/{closure}/lift")
def show_lifting(closure: ClosureId, context: Recording) -> Response:
    """Show the form to lift a closure."""
    return _act_form(context, closure, ClosureActKind.LIFTED)


@router.post("/closures/{closure}/lift")
def lift(closure: ClosureId, typed: Typed, context: Recording) -> Response:
    """Show what an early end would change, or set it once that was shown."""
    return _done(context, closure, ClosureActKind.LIFTED, typed)


@router.get("/closures/{closure}/withdraw")
def show_withdrawal(closure: ClosureId, context: Recording) -> Response:
    """Show the form to withdraw a closure that was declared by mistake."""
    return _act_form(context, closure, ClosureActKind.WITHDRAWN)


@router.post("/closures/{closure}/withdraw")
def withdraw(closure: ClosureId, typed: Typed, context: Recording) -> Response:
    """Show what would follow, or let a closure count nowhere once that was shown."""
    return _done(context, closure, ClosureActKind.WITHDRAWN, typed)


@router.post("/closures/{closure}/restore")
def restore(
    closure: ClosureId, typed: Annotated[TypedClosureReturn, Form()], context: Recording
) -> Response:
    """Let a closure that was withdrawn count again, as it was."""
    act = ClosureAct(
        closure=closure, kind=ClosureActKind.RESTORED, reason=ClosureReason.MADE_IN_ERROR
    )
    with context.begin() as conn:
        slug = closure_withdrawal.site_of(conn, closure) or closures.get(conn, closure).site
        _site(conn, context, slug)
        context.asked.require_whole_site(conn, slug)
    try:
        with context.begin() as conn, mistakes("form"):
            closure_withdrawal.restore(conn, act, version_of(typed.version))
    except Outdated:
        return _outdated(context, slug, context.page.words.say("It was put back."))
    except Mistaken as error:
        return _declare_form(context, slug, _EMPTY, error.wrong)
    return recorded(context.page.links.site_closures(slug))


def _done(
    context: RequestContext, identifier: UUID, kind: ClosureActKind, typed: TypedClosure
) -> Response:
    try:
        with context.begin() as conn:
            gone = closure_withdrawal.site_of(conn, identifier)
            if gone is not None and _site(conn, context, gone):
                return _outdated(context, gone, context.page.words.say("It was withdrawn."))
            closure, site = _closure(conn, context, identifier)
            context.asked.require_whole_site(conn, site.slug)
            act = _act(conn, context, closure, kind, typed)
            if not typed.confirmed:
                action = context.request.url.path
                return _trial(conn, context, site, kind, act, typed, action)
            act(conn)
    except Outdated:
        return _act_form(context, identifier, kind, typed, status=HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _act_form(context, identifier, kind, typed, error.wrong)
    return recorded(context.page.links.site(site.slug))


def _act(
    conn: sa.Connection,
    context: RequestContext,
    closure: Closure,
    kind: ClosureActKind,
    typed: TypedClosure,
) -> Act:
    calendar = exercise_calendar.read(conn)
    if calendar is not None and typed.confirmed:
        calendar = exercise_calendar.open_day(conn, context.now)
    elif calendar is not None:
        calendar = calendar.opened(context.now.astimezone(city.zone()).date())
    if kind is ClosureActKind.WITHDRAWN:
        return forms.withdrawing(typed, closure)
    if kind is ClosureActKind.EXTENDED:
        return forms.extending(typed, closure, calendar)
    now = services.reading_time(conn, context.now)
    return forms.lifting(typed, closure, now, calendar)


def _trial(
    conn: sa.Connection,
    context: RequestContext,
    site: SiteName,
    kind: ClosureActKind,
    act: Act,
    typed: TypedClosure,
    action: str,
) -> Response:
    found = forms.tried(conn, context, site.slug, act)
    page = context.page.marked(store_flags.is_exercise(conn))
    form = FilledForm(typed=typed.model_dump(exclude={"confirmed"}))
    html = views.closure_trial(
        page, site, kind, found.before, found.after, found.closure, form, action
    )
    return HTMLResponse(html)


def _declare_form(
    context: RequestContext,
    slug: str,
    typed: TypedClosure,
    wrong: Mapping[str, str] | None = None,
    changed: Sequence[str] = (),
) -> Response:
    with context.begin() as conn:
        site = _site(conn, context, slug)
        now = services.reading_time(conn, context.now)
        lines = [
            ClosureLine(
                closure=item,
                acts=closures.acts(conn, item.id),
                open=item.closed_until is None or item.closed_until > now,
                last=place == 0,
            )
            for place, item in enumerate(reversed(closures.of_site(conn, slug)))
        ]
        gone = [
            (item, closures.acts(conn, item.closure.id))
            for item in reversed(closure_withdrawal.withdrawn(conn, slug))
        ]
        page = context.page.marked(store_flags.is_exercise(conn))
    form = FilledForm(typed=typed.model_dump(), wrong=wrong or {}, changed=changed)
    html = views.site_closures(page, site, lines, form, gone)
    if changed:
        return HTMLResponse(html, HTTPStatus.CONFLICT)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _outdated(context: RequestContext, slug: str, changed: str) -> Response:
    """Show the closures of a site with what somebody else changed meanwhile."""
    return _declare_form(context, slug, _EMPTY, changed=[changed])


def _act_form(
    context: RequestContext,
    identifier: UUID,
    kind: ClosureActKind,
    typed: TypedClosure | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Show the form of an act, with changes by others since it was opened."""
    with context.begin() as conn:
        closure, site = _closure(conn, context, identifier)
        changed: list[str] = []
        if status is HTTPStatus.CONFLICT and typed is not None:
            before = forms.earlier(conn, identifier, typed.version)
            words = context.page.words
            changed = views.closure_differences(words, before or closure, closure)
            changed = changed or [words.say("Open the form again.")]
        now = services.reading_time(conn, context.now)
        shown = (typed or _shown(now, closure, kind)).model_dump()
        form = FilledForm(
            typed=shown,
            wrong=wrong or {},
            changed=changed,
            version=forms.version(conn, identifier),
        )
        page = context.page.marked(store_flags.is_exercise(conn))
    html = views.closure_act(page, site, closure, kind, form)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status)


def _shown(now: dt.datetime, closure: Closure, kind: ClosureActKind) -> TypedClosure:
    if kind is ClosureActKind.WITHDRAWN:
        return TypedClosure()
    end = closure.closed_until if kind is ClosureActKind.EXTENDED else now
    return TypedClosure(
        closed_until=clock_text(end and end.replace(second=0, microsecond=0)),
        legal_ref=closure.legal_ref or "",
        review_days=str(closure.review_days),
    )


def _site(conn: sa.Connection, context: RequestContext, slug: str) -> SiteName:
    found = sites.get(conn, slug)
    if not context.asked.sees(found.territory):
        raise NotFound("site", slug)
    return SiteName(slug=found.slug, name=found.name)


def _closure(
    conn: sa.Connection, context: RequestContext, identifier: UUID
) -> tuple[Closure, SiteName]:
    found = closures.get(conn, identifier)
    try:
        return found, _site(conn, context, found.site)
    except NotFound as error:
        raise NotFound("closure", str(identifier)) from error
