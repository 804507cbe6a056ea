"""Results of imports, each with the way to take it back as a whole and to put it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import phrase
from geosites.db import store_flags
from geosites.imports import results, taking_back
from geosites.imports.results import ImportReference
from geosites.imports.taking_back import ImportWriter
from geosites.permissions.policy import Permission
from geosites.permissions.query_context import ground_in_scope, lies_whole_in
from geosites.web import views
from geosites.web.forms import FilledForm, Mistaken, TypedForm, mistakes
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Importing = Annotated[RequestContext, requires(Permission.IMPORT)]
Key = Annotated[UUID, Path(description="The key of the import.")]


class TypedTaking(TypedForm):
    """What the form says: that it is meant."""

    sure: str = ""


@router.get("/imports/{key}")
def show_kept(key: Key, context: Importing) -> Response:
    """Show what came of an import of this account."""
    return _page(context, key)


@router.post("/imports/{key}/withdraw")
def take_back(key: Key, typed: Annotated[TypedTaking, Form()], context: Importing) -> Response:
    """Let the rows of an import count nowhere from now on; their versions stay."""
    try:
        with context.begin() as conn:
            if not typed.sure:
                raise Mistaken({"sure": phrase("tick that this is meant")})
            with mistakes("sure"):
                taking_back.take_back(conn, _reference(context, key), _writer(conn, context))
    except Mistaken as error:
        return _page(context, key, FilledForm(typed={}, wrong=error.wrong))
    return _to_page(context, key)


@router.post("/imports/{key}/restore")
def put_back(key: Key, context: Importing) -> Response:
    """Let the rows of an import that was taken back count again."""
    try:
        with context.begin() as conn, mistakes("form"):
            taking_back.put_back(conn, _reference(context, key), _writer(conn, context))
    except Mistaken as error:
        return _page(context, key, FilledForm(typed={}, wrong=error.wrong))
    return _to_page(context, key)


def _page(context: RequestContext, key: UUID, form: FilledForm | None = None) -> Response:
    reference = _reference(context, key)
    with context.begin() as conn:
        kept = results.get(conn, reference)
        rows = taking_back.still_there(conn, reference)
        page = context.page.marked(store_flags.is_exercise(conn))
    shown = form or FilledForm(typed={})
    html = views.kept_import(page, kept, rows, shown)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK)


def _reference(context: RequestContext, key: UUID) -> ImportReference:
    return ImportReference(login=context.principal.login, key=key)


def _writer(conn: sa.Connection, context: RequestContext) -> ImportWriter:
    ground, principal = ground_in_scope(conn, context.asked), context.principal
    return ImportWriter(
        login=principal.login,
        unit=principal.unit,
        scope=principal.scope,
        inside=lambda area: lies_whole_in(ground, area),
    )


def _to_page(context: RequestContext, key: UUID) -> Response:
    there = context.page.links.kept_import(str(key))
    return RedirectResponse(there, HTTPStatus.SEE_OTHER)
