"""The page of published counts."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from geosites.core import city
from geosites.db.maintenance import store_flags
from geosites.imports import geography
from geosites.permissions import authorized_answers
from geosites.permissions.policy import Permission
from geosites.reference_data.published_counts import PublishedCount, read_published_counts
from geosites.web import views
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/published-counts")
def show_published_counts(
    context: Annotated[RequestContext, requires(Permission.READ_WEEK)],
) -> str:
    """Show published counts of the sites, beside the visits there."""
    with context.begin() as conn:
        told = _counts() if city.current().name == city.packaged().name else ()
        result = authorized_answers.published(conn, context.asked, told)
        page = context.page.marked(store_flags.is_exercise(conn))
    threshold = context.asked.threshold if context.grant.coarse else None
    return views.published_counts(page, result, threshold)


@cache
def _counts() -> tuple[PublishedCount, ...]:
    return tuple(read_published_counts(geography.folder()))
