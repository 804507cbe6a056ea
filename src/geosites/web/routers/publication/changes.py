"""The change feed for other systems: cursor pagination, and an Atom feed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from geosites.core.documents.changes import ChangesDocument
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind, Cursor
from geosites.permissions.policy import Permission
from geosites.web import change_feed
from geosites.web.http import atom, responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.redirects import address
from geosites.web.request_context import RequestContext, requires

router = APIRouter(tags=["changes"], responses=DOCUMENTED)

FEED_ENTRIES = 100
MOST = 1000
"""How many changes a page has at most, and always where single ones may not be counted."""
EVENTS = (ChangeKind.WEEK_NEW, ChangeKind.HOTSPOT_NEW, ChangeKind.CLOSURE_STATE)

_ATOM: dict[int | str, dict[str, Any]] = {
    200: {"content": {atom.MEDIA_TYPE: {"schema": {"type": "string"}}}}
}

Follows = Annotated[RequestContext, requires(Permission.FOLLOW_CHANGES)]


@router.get("/api/changes", response_model=ChangesDocument)
def get_changes(
    context: Follows,
    since: Annotated[str | None, Query(description="`next` of the last answer.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """Return changes after a cursor, in an order in which nothing can appear before it."""
    with context.begin() as conn:
        cursor = Cursor.parse(since) if since is not None else None
        most = MOST if context.grant.coarse else limit
        page = changes.page(conn, cursor, most, scope=context.principal.scope)
        exercise = store_flags.is_exercise(conn)
    answer: ChangesDocument = {
        "changes": change_feed.documents(page.changes, context.grant),
        "weeks_revised": change_feed.revised(page.changes),
        "next": str(page.next),
        "more": page.more,
        "exercise": exercise,
    }
    return responses.document(answer)


@router.get("/feed.atom", response_class=Response, responses=_ATOM)
def get_feed(request: Request, context: Follows) -> Response:
    """Return the last events (a new week, a new hotspot, a closure's state) as an Atom feed."""
    with context.begin() as conn:
        result = changes.latest(conn, EVENTS, FEED_ENTRIES, scope=context.principal.scope)
        names, exercise = territories.names(conn), store_flags.is_exercise(conn)
    answer = change_feed.documents(result, context.grant)
    feed = atom.feed(context.page.words, address(request, "/"), answer, names, exercise=exercise)
    return Response(feed, media_type=atom.MEDIA_TYPE)
