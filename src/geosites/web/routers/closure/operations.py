"""Operations in the browser: enter, draw, edit, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.core.errors import Forbidden, NotFound, Outdated, phrase
from geosites.core.records import Operation
from geosites.db.closure import operations
from geosites.db.closure.operations import OperationVersion
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.permissions.policy import Permission
from geosites.permissions.query_context import ground_in_scope, lies_whole_in
from geosites.web import views
from geosites.web.form_data.forms import FilledForm, Mistaken, TypedForm, mistakes, version_of
from geosites.web.form_data.operation_forms import TypedOperation, empty, made, typed_again
from geosites.web.form_data.report_dependencies import seen_sites
from geosites.web.http.redirects import recorded
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.reporting.report_form import site_choices

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

MOST = 200
Recording = Annotated[RequestContext, requires(Permission.RECORD_EVENT)]
OperationId = Annotated[UUID, Path(description="The id of the operation.")]
Typed = Annotated[TypedOperation, Form()]


class TypedWithdrawal(TypedForm):
    """Form to withdraw something: its version, and a confirmation."""

    version: str = ""
    sure: str = ""


class TypedRestoring(TypedForm):
    """Form to restore something: the withdrawn version."""

    version: str = ""


@router.get("/operations")
def show_operations(context: Recording) -> str:
    """Show the operations in scope, the latest first."""
    with context.begin() as conn:
        ground = ground_in_scope(conn, context.asked)
        listed = [
            item
            for item in reversed(operations.during(conn))
            if ground is None or ground.intersects(item.area)
        ][:MOST]
        names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
        places = [_place(conn, item, names) for item in listed]
        own = [lies_whole_in(ground, item.area) for item in listed]
        gone = [
            item
            for item in reversed(operations.withdrawn(conn))
            if lies_whole_in(ground, item.operation.area)
        ][:MOST]
        gone_places = [_place(conn, item.operation, names) for item in gone]
        page = context.page.marked(store_flags.is_exercise(conn))
    return views.operations(page, listed, places, own, list(zip(gone, gone_places, strict=True)))


@router.get("/new-operation")
def show_new(context: Recording) -> Response:
    """Show the form of a new operation."""
    return _form(context, empty(context))


@router.post("/new-operation")
def add(typed: Typed, context: Recording) -> Response:
    """Record a new operation. The same form sent twice records one."""
    try:
        with context.begin() as conn:
            record = made(conn, context, typed)
            with mistakes("form"):
                operations.add(conn, record)
    except Mistaken as error:
        return _form(context, typed, error.wrong)
    return _to_list(context)


@router.get("/operations/{operation}")
def show_operation(operation: OperationId, context: Recording) -> Response:
    """Show an operation in its form, with its earlier versions."""
    return _edit_form(context, operation)


@router.post("/operations/{operation}")
def edit(operation: OperationId, typed: Typed, context: Recording) -> Response:
    """Replace an operation by a new version with the form's values."""
    try:
        with context.begin() as conn:
            there = _current(_versions(conn, context, operation))
            seen = version_of(typed.version)
            if seen != there.since:
                raise Outdated("it was changed by somebody else since it was shown")
            record = made(conn, context, typed, there.operation)
            if record == there.operation:
                raise Mistaken({"form": phrase("nothing was changed")})
            operations.correct(conn, record, seen)
    except Outdated:
        return _edit_form(context, operation, typed, status=HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _edit_form(context, operation, typed, error.wrong)
    return _to_list(context)


@router.post("/operations/{operation}/withdraw")
def withdraw(
    operation: OperationId, typed: Annotated[TypedWithdrawal, Form()], context: Recording
) -> Response:
    """Withdraw an operation, so that it counts nowhere from now on; its versions are kept."""
    try:
        with context.begin() as conn:
            _current(_versions(conn, context, operation))
            if not typed.sure:
                raise Mistaken({"sure": phrase("tick that it is to be withdrawn")})
            operations.withdraw(conn, operation, version_of(typed.version))
    except Outdated:
        shown = TypedOperation(version=typed.version)
        return _edit_form(context, operation, shown, status=HTTPStatus.CONFLICT, typed_any=False)
    except Mistaken as error:
        return _edit_form(context, operation, None, error.wrong)
    return recorded(context.page.links.operation(operation))


@router.post("/operations/{operation}/restore")
def restore(
    operation: OperationId, typed: Annotated[TypedRestoring, Form()], context: Recording
) -> Response:
    """Let an operation that was withdrawn count again, as it was."""
    try:
        with context.begin() as conn:
            _versions(conn, context, operation)
            operations.restore(conn, operation, version_of(typed.version))
    except Outdated:
        shown = TypedOperation(version=typed.version)
        return _edit_form(context, operation, shown, status=HTTPStatus.CONFLICT, typed_any=False)
    return recorded(context.page.links.operation(operation))


def _form(
    context: RequestContext, typed: TypedOperation, wrong: Mapping[str, str] | None = None
) -> Response:
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        choices = site_choices(seen_sites(conn, context))
    form = FilledForm(typed=typed.text(), wrong=wrong or {})
    html = views.operation(page, form, choices)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _edit_form(
    context: RequestContext,
    identifier: UUID,
    typed: TypedOperation | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    typed_any: bool = True,
) -> Response:
    with context.begin() as conn:
        versions = _versions(conn, context, identifier)
        last = versions[-1]
        changed = _changed(context, versions, typed) if status is HTTPStatus.CONFLICT else []
        fresh = typed_again(last.operation, last.since)
        shown = (typed if typed is not None and typed_any else fresh).text()
        shown["geojson"] = shown["geojson"] or fresh.geojson
        form = FilledForm(
            typed=shown, wrong=wrong or {}, changed=changed, version=last.since.isoformat()
        )
        page = context.page.marked(store_flags.is_exercise(conn))
        choices = site_choices(seen_sites(conn, context))
    html = views.operation(page, form, choices, versions, str(identifier))
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status)


def _changed(
    context: RequestContext, versions: list[OperationVersion], typed: TypedOperation | None
) -> list[str]:
    words, last = context.page.words, versions[-1]
    if last.until is not None:
        return [words.say("It was withdrawn.")]
    if len(versions) > 1 and versions[-2].until != last.since:
        return [words.say("It was put back.")]
    seen = [item for item in versions if typed and item.since.isoformat() == typed.version]
    before = seen[0] if seen else versions[0]
    return views.operation_differences(words, before.operation, last.operation)


def _versions(
    conn: sa.Connection, context: RequestContext, identifier: UUID
) -> list[OperationVersion]:
    """Return the versions of an operation in scope; raises `NotFound` for any other."""
    versions = operations.versions(conn, identifier)
    if not versions:
        raise NotFound("operation", str(identifier))
    try:
        context.asked.require_area(conn, versions[-1].operation.area)
    except Forbidden as error:
        raise NotFound("operation", str(identifier)) from error
    return versions


def _current(versions: list[OperationVersion]) -> OperationVersion:
    if versions[-1].until is not None:
        raise Outdated("it was withdrawn by somebody else; nothing was written")
    return versions[-1]


def _place(conn: sa.Connection, item: Operation, names: Mapping[str, str]) -> str:
    if item.site is not None and item.site in names:
        return names[item.site]
    code = territories.code_at(conn, item.area.representative_point())
    return territories.names(conn).get(code or "", "")


def _to_list(context: RequestContext) -> Response:
    return recorded(context.page.links.operations())
