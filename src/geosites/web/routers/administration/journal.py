"""The audit journal for administrators: who did what, when and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.core.documents.service import JournalDocument
from geosites.db import journal_entries
from geosites.db.maintenance import store_flags
from geosites.db.schema.journal import JournalKind
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import Instant
from geosites.web.request_context import RequestContext, requires

router = APIRouter()

PAGE = 100
MOST = 1000
Reading = Annotated[RequestContext, requires(Permission.READ_JOURNAL)]
Before = Annotated[Instant | None, Query(description="Only earlier entries; ISO 8601.")]
OfKind = Annotated[JournalKind | None, Query(description="Only entries of this kind.")]


@router.get("/api/journal", tags=["journal"], response_model=JournalDocument, responses=DOCUMENTED)
def get_journal(
    context: Reading,
    before: Before = None,
    kind: OfKind = None,
    most: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> Response:
    """Return the last entries, the newest first; `next` is the `before` of the page that follows.

    Entries of one instant are never parted, so that a page may hold some more.
    """
    with context.begin() as conn:
        result = journal_entries.latest(conn, before=before, kind=kind, most=most)
    more = result[-1].at if len(result) >= most else None
    entries = [entry.document() for entry in result]
    return responses.document(JournalDocument(entries=entries, next=more))


@router.get("/journal", response_class=HTMLResponse, include_in_schema=False)
def show_journal(context: Reading, before: Before = None, kind: OfKind = None) -> str:
    """Show the last entries, the newest first."""
    with context.begin() as conn:
        result = journal_entries.latest(conn, before=before, kind=kind, most=PAGE)
        page = context.page.marked(store_flags.is_exercise(conn))
    more = result[-1].at if len(result) >= PAGE else None
    lines = [entry.document() for entry in result]
    return views.journal(page, lines, kind, more)
