"""For those who run the service: does it live, can it answer, how does it do."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response

from geosites import services
from geosites.core.documents.service import ReadyDocument
from geosites.core.errors import StoreUnavailable
from geosites.core.weeks import PARIS, midnight
from geosites.db import migrate, territories
from geosites.db.store_metrics import vitals
from geosites.permissions.policy import Permission
from geosites.web import responses
from geosites.web.metrics import StoreMetrics
from geosites.web.request_context import RequestContext, requires

router = APIRouter(tags=["service"])


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> str:
    """Say that the process lives; asks nothing of the store."""
    return "ok\n"


@router.get("/readyz", response_model=ReadyDocument)
def ready(request: Request) -> Response:
    """Say that the store answers, is up to date and holds the territories; 503 where not."""
    try:
        with request.app.state.store.begin() as conn:
            conn.execute(sa.select(sa.func.postgis_lib_version()))
            schema = migrate.current(conn)
            loaded = territories.count(conn) if schema == _newest() else 0
    except sa.exc.DBAPIError as error:
        raise StoreUnavailable("PostGIS does not answer in the store") from error
    if schema != _newest():
        raise StoreUnavailable("the schema is not up to date (geosites db migrate)")
    if loaded == 0:
        raise StoreUnavailable("the store has no territories; load them first (geosites geo load)")
    return responses.document(ReadyDocument(ready=True, territories=loaded))


@router.get("/openapi.json", include_in_schema=False)
def describe(context: Annotated[RequestContext, requires(Permission.READ_HELP)]) -> Response:
    """Return the description of the API."""
    return responses.document(context.request.app.openapi())


@cache
def _newest() -> str | None:
    return migrate.head()


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_METRICS)]
) -> Response:
    """Return what all workers have measured, in the text format of Prometheus."""
    with context.begin() as conn:
        now = services.reading_time(conn, context.now)
        statuses = [answer.state.status for answer in services.closures(conn, now)]
        document = StoreMetrics(
            vitals=vitals(conn, midnight(context.now.astimezone(PARIS).date())), statuses=statuses
        )
    return Response(request.app.state.measures.text(document), media_type=CONTENT_TYPE_PLAIN_0_0_4)
