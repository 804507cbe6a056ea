"""For those who run the service: does it live, can it answer, how does it do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from geosites.errors import StoreUnavailable
from geosites.store import territories
from geosites.web import answers

router = APIRouter(tags=["service"])


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> str:
    """Say that the process lives; asks nothing of the store."""
    return "ok\n"


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Say that the store answers and holds the territories; 503 where it does not."""
    with request.app.state.store.begin() as conn:
        loaded = territories.count(conn)
    if loaded == 0:
        raise StoreUnavailable("the store has no territories; load them first (geosites geo load)")
    return answers.document({"ready": True, "territories": loaded})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return what this process has measured, in the text format of Prometheus."""
    body = "\n".join(request.app.state.measures.lines()) + "\n"
    return PlainTextResponse(body, media_type="text/plain; version=0.0.4")
