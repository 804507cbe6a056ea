"""Health checks for operators: liveness, readiness, metrics."""

from __future__ import annotations

from typing import Annotated

import psycopg
import sqlalchemy as sa
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response

from geosites import services
from geosites.core import city
from geosites.core.documents.service import ReadyDocument
from geosites.core.errors import GeositesError
from geosites.core.single_flight import SingleFlight
from geosites.core.weeks import midnight
from geosites.db.maintenance import job_table
from geosites.db.maintenance.store_metrics import vitals
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Permission
from geosites.presentation.path_prefix import rooted
from geosites.web.app_config import WebConfig
from geosites.web.http import responses
from geosites.web.monitoring.metrics import StoreMetrics
from geosites.web.monitoring.metrics_access import requires_metrics
from geosites.web.monitoring.readiness import Readiness
from geosites.web.request_context import RequestContext, requires

STORE_WITHIN_S = 3.0

router = APIRouter(tags=["service"])


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> str:
    """Liveness probe: the process is alive; does not use the store."""
    return "ok\n"


@router.get("/readyz", response_model=ReadyDocument)
async def ready(request: Request) -> Response:
    """Readiness probe: the store answers, is up to date and has the territories; otherwise 503."""
    readiness: Readiness = request.app.state.readiness
    loaded = await readiness.territories()
    return responses.document(ReadyDocument(ready=True, territories=loaded))


@router.get("/openapi.json", include_in_schema=False)
def describe(context: Annotated[RequestContext, requires(Permission.READ_HELP)]) -> Response:
    """Return the description of the API."""
    described = context.request.app.openapi()
    root = rooted("")
    return responses.document({**described, "servers": [{"url": root}]} if root else described)


@router.get("/metrics", response_class=PlainTextResponse, dependencies=[requires_metrics()])
async def metrics(request: Request) -> Response:
    """Return the metrics of all workers, in the Prometheus text format."""
    told: SingleFlight[StoreMetrics] = request.app.state.store_metrics
    try:
        document = await told.result(STORE_WITHIN_S)
    except (TimeoutError, GeositesError, sa.exc.DBAPIError, psycopg.Error):
        document = None
    return Response(request.app.state.measures.text(document), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def read_store(store: Store, config: WebConfig) -> StoreMetrics:
    """Return the store's metrics, through a connection outside the pool."""
    with store.outside_pool() as conn:
        today = config.clock()
        now = services.reading_time(conn, today)
        return StoreMetrics(
            statuses=[answer.state.status for answer in services.closures(conn, now)],
            vitals=vitals(conn, midnight(today.astimezone(city.zone()).date())),
            jobs=job_table.runs(conn),
        )
