"""What changed, for other systems: page by page with a cursor, and the events as an Atom feed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from geosites.db import changes, store_flags, territories
from geosites.db.changes import ChangeKind, Cursor
from geosites.permissions.policy import Act
from geosites.web import atom, change_feed, responses
from geosites.web.problems import DOCUMENTED
from geosites.web.request_context import Visit, may

router = APIRouter(tags=["changes"], responses=DOCUMENTED)

FEED_ENTRIES = 100
MOST = 1000
"""How many changes a page has at most, and always where single ones may not be counted."""
EVENTS = (ChangeKind.WEEK_NEW, ChangeKind.HOTSPOT_NEW, ChangeKind.CLOSURE_STATE)

Follows = Annotated[Visit, may(Act.FOLLOW_CHANGES)]


@router.get("/api/changes")
def get_changes(
    visit: Follows,
    since: Annotated[str | None, Query(description="`next` of the last answer.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """Tell what changed after a cursor, in an order in which nothing can come in before it."""
    with visit.begin() as conn:
        cursor = Cursor.parse(since) if since is not None else None
        most = MOST if visit.grant.coarse else limit
        page = changes.page(conn, cursor, most, scope=visit.viewer.scope)
        exercise = store_flags.is_exercise(conn)
    return responses.document(
        {
            "changes": change_feed.documents(page.changes, visit.grant),
            "weeks_revised": change_feed.revised(page.changes),
            "next": str(page.next),
            "more": page.more,
            "exercise": exercise,
        }
    )


@router.get("/feed.atom")
def get_feed(request: Request, visit: Follows) -> Response:
    """Tell the last events, a new week, a new hotspot, a closure's state, as an Atom feed."""
    with visit.begin() as conn:
        found = changes.latest(conn, EVENTS, FEED_ENTRIES, scope=visit.viewer.scope)
        names, exercise = territories.names(conn), store_flags.is_exercise(conn)
    told = change_feed.documents(found, visit.grant)
    feed = atom.feed(visit.page.words, str(request.base_url), told, names, exercise=exercise)
    return Response(feed, media_type=atom.MEDIA_TYPE)
