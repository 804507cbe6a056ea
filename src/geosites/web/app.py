"""The service as one application. Made by a function; importing it does nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from geosites import __version__
from geosites.render import static
from geosites.store.connection import Store
from geosites.web import problems
from geosites.web.config import LOOPBACK, WebConfig, utc_now
from geosites.web.files import KeptFiles
from geosites.web.manners import HeadAsGet, Spoken
from geosites.web.routes import api, closures, layers, moves, pages, service, territories
from geosites.web.shell import LastCatch, Measured, Measures, StrictHeaders

SMALLEST_ZIPPED = 600


def create_app(
    store: Store,
    *,
    upload_limit_bytes: int = 20_000_000,
    hosts: tuple[str, ...] = LOOPBACK,
    clock: Callable[[], dt.datetime] = utc_now,
) -> FastAPI:
    """Return the service over `store`.

    Handlers run in threads, as many at a time as the store has connections; each opens its own
    transaction and ends it before it answers. `hosts` are the names it answers to, so that no
    foreign page reaches it by another; a body above `upload_limit_bytes` is refused while read.
    """
    chosen = WebConfig(upload_limit_bytes=upload_limit_bytes, hosts=hosts, clock=clock)
    measures = Measures()
    app = FastAPI(
        title="geosites",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=_limited_to(store.pool_size),
        middleware=_middleware(chosen, measures),
    )
    app.state.store, app.state.config, app.state.measures = store, chosen, measures
    problems.install(app)
    for routes in (pages, moves, territories, layers, api, closures, service):
        app.include_router(routes.router)
    app.mount("/static/leaflet", KeptFiles(directory=static.leaflet_folder()), "leaflet")
    app.mount("/static", KeptFiles(directory=static.folder()), "static")
    return app


def _middleware(config: WebConfig, measures: Measures) -> list[Middleware]:
    return [
        Middleware(HeadAsGet),
        Middleware(Measured, measures=measures),
        Middleware(StrictHeaders),
        Middleware(Spoken),
        Middleware(RequestBodyLimitMiddleware, max_body_size=config.upload_limit_bytes),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(config.hosts), www_redirect=False),
        Middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED, compresslevel=6),
        Middleware(LastCatch),
    ]


def _limited_to(pool_size: int) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan in which no more handlers run at a time than there are connections."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = pool_size
        yield

    return lifespan
