"""The application factory. Importing this module has no side effects."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute

from geosites import __version__
from geosites.core.single_flight import SingleFlight
from geosites.db.postgres.connection import Store
from geosites.presentation import static_assets
from geosites.web import ogc
from geosites.web.app_config import WebConfig
from geosites.web.data_files.import_jobs import ImportJobs
from geosites.web.http import exception_handlers
from geosites.web.http.allowed_methods import AllowedMethods, Options
from geosites.web.http.responses import SMALLEST_ZIPPED, ZIP_LEVEL
from geosites.web.http.static_files import OwnFiles
from geosites.web.middleware.http_errors import HeadAsGet, Spoken
from geosites.web.middleware.request_id import Named
from geosites.web.middleware.request_limits import Bounded, FairShare, Shares, most_at_once
from geosites.web.middleware.root_path import Rooted
from geosites.web.middleware.security_headers import LastCatch, Measured, StrictHeaders
from geosites.web.middleware.signed_answers import SignedAnswers
from geosites.web.middleware.timeouts import InTime
from geosites.web.monitoring.metrics import Measures
from geosites.web.monitoring.metrics_access import Remembered
from geosites.web.monitoring.readiness import Readiness
from geosites.web.routers import api, pages
from geosites.web.routers.access import accounts, own_account, sign_in, sign_in_oidc, subscriptions
from geosites.web.routers.administration import (
    accessibility,
    exercise,
    health,
    journal,
    journal_log,
    service,
)
from geosites.web.routers.closure import (
    closure_acts,
    closures,
    displacement,
    operations,
    site_forms,
)
from geosites.web.routers.data_files import export_page, exports, imports, kept_imports
from geosites.web.routers.maps import basemap as basemap_tiles
from geosites.web.routers.maps import layers, map_files, search, territories
from geosites.web.routers.publication import (
    bulletins,
    changes,
    committee,
    public_tables,
    published_counts,
)
from geosites.web.routers.reporting import (
    duplicates,
    offline_form,
    own_reports,
    report,
    sighting_checks,
)
from geosites.web.security import cookies
from geosites.web.security.route_permissions import declared

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Disables outgoing requests of FastAPI, whatever the environment says."""


def create_app(store: Store, config: WebConfig | None = None) -> FastAPI:
    """Return the service over `store`.

    Handlers run in threads, as many at a time as the store has connections; each opens its own
    transaction and ends it before it answers. Raises `UndeclaredRoute` for a route without an act,
    `Refused` for a base map that is none.
    """
    chosen = config or WebConfig()
    _ = chosen.tiles
    measures = Measures(store, chosen.folders)
    shares = Shares(most_at_once(store.pool_size), cookies.name_of(chosen, cookies.Cookie.SESSION))
    app = FastAPI(
        title="geosites",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=_telemetry(chosen),
        lifespan=_limited_to(store.pool_size),
        middleware=_middleware(chosen, measures, shares),
    )
    app.state.store, app.state.config = store, chosen
    app.state.measures, app.state.shares = measures, shares
    app.state.readiness = Readiness(store, chosen.folders, chosen.least_free_bytes)
    app.state.store_metrics = SingleFlight(partial(health.read_store, store, chosen))
    app.state.remembered, app.state.imports = Remembered(), ImportJobs()
    exception_handlers.install(app)
    app.router.routes.extend(shared_routes())
    app.mount(static_assets.PREFIX, OwnFiles(), "static")
    declared(app)
    app.state.allowed = AllowedMethods.of(app)
    return app


def _telemetry(config: WebConfig) -> TelemetryConfig:
    """Return the tracing middleware, if a collector is configured."""
    if config.tracer_provider is None:
        return NO_TELEMETRY
    traced: TelemetryConfig = {"tracing": True, "operation_spans": True}
    return {**NO_TELEMETRY, **traced, "tracer_provider": config.tracer_provider}


@cache
def shared_routes() -> tuple[BaseRoute, ...]:
    """Return the routes, which are independent of any application.

    FastAPI builds a route from the signature of its handler, which takes most of the start-up time,
    and 15 MB for what it computes when the routes are first matched: done once before workers are
    forked, it is shared.
    """
    every = APIRouter()
    every.include_router(ogc.router)
    for routes in (  # a request walks along them: layers and the API are asked most
        layers,
        search,
        api,
        map_files,  # before pages, whose addresses would hold its files
        bulletins,
        pages,
        displacement,
        territories,
        published_counts,
        accessibility,
        committee,
        public_tables,
        basemap_tiles,
        closures,
        health,
        sign_in,
        sign_in_oidc,
        own_account,
        offline_form,
        own_reports,  # before report, one of whose addresses would hold its own
        report,
        duplicates,
        sighting_checks,
        closure_acts,
        operations,
        site_forms,
        accounts,
        subscriptions,
        changes,
        exports,
        export_page,
        imports,
        kept_imports,
        journal,
        journal_log,
        exercise,
        service,
    ):
        every.include_router(routes.router)
    deque(iter_route_contexts(every.routes), maxlen=0)
    return tuple(every.routes)


def _middleware(config: WebConfig, measures: Measures, shares: Shares) -> list[Middleware]:
    return [
        Middleware(Named),
        Middleware(Rooted, root=config.root),
        Middleware(HeadAsGet),
        Middleware(Measured, measures=measures),
        Middleware(StrictHeaders, secure=config.secure),
        Middleware(InTime, body_wait_s=config.body_wait_s),
        Middleware(Spoken),
        Middleware(RequestBodyLimitMiddleware, max_body_size=config.upload_limit_bytes),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(config.hosts), www_redirect=False),
        *_foreign_pages(config),
        Middleware(Options),
        Middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED, compresslevel=ZIP_LEVEL),
        *([Middleware(SignedAnswers, key=config.share_key)] if config.share_key else []),
        Middleware(FairShare, shares=shares),
        Middleware(Bounded, seconds=config.deadline_s),
        Middleware(LastCatch),
    ]


def _foreign_pages(config: WebConfig) -> list[Middleware]:
    """Return the CORS middleware: pages of other origins may use a token, never cookies."""
    if not config.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(config.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Motive"],
            expose_headers=["ETag", "Link", "Retry-After", "X-Request-ID"],
            allow_credentials=False,
        )
    ]


def _limited_to(pool_size: int) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan in which no more handlers run at a time than there are connections."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = pool_size
        yield
        app.state.imports.stop()

    return lifespan
