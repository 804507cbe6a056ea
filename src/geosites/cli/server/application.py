"""The application as each worker process creates it from the settings."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI

from geosites import services
from geosites.alarms.own_subscriptions import Ways
from geosites.cli.administration.journal_setup import outside_of, witness_of
from geosites.cli.publication.share_setup import share_key
from geosites.cli.publication.webhook_setup import own_webhooks
from geosites.cli.server.sign_in_setup import identity_provider, session_terms
from geosites.cli.store.store_setup import service_store, written_folders
from geosites.core.errors import GeositesError
from geosites.db.postgres.connection import Store
from geosites.journal import anchors
from geosites.ops.log import log_as_json
from geosites.ops.memory_release import give_back_memory, tidy_regularly
from geosites.ops.traces import tracer_provider
from geosites.presentation.basemap_attribution import BUILT
from geosites.services.patrols import walking_distances
from geosites.services.places import place_search
from geosites.settings import Settings
from geosites.settings.cross_checks import listed
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.http.hosts import LOOPBACK


def application() -> FastAPI:
    """Return the application configured by the settings of this process."""
    settings = Settings()
    log_as_json()
    give_back_memory()
    services.read_all()
    store = service_store(settings)
    threading.Thread(target=_warm, args=(store,), daemon=True).start()
    threading.Thread(target=tidy_regularly, args=(threading.Event(),), daemon=True).start()
    anchored = (store, outside_of(settings), threading.Event())
    threading.Thread(target=anchors.take_regularly, args=anchored, daemon=True).start()
    return create_app(store, web_config(settings))


def web_config(settings: Settings) -> WebConfig:
    """Return the application's configuration from the settings."""
    return WebConfig(
        upload_limit_bytes=settings.upload_limit_mb * 1_000_000,
        basemap=street_map(settings),
        notes=settings.notes,
        plausible_heads=settings.plausible_heads,
        correct_min=settings.correct_min,
        hosts=served_hosts(settings),
        secure=settings.secure,
        terms=session_terms(settings),
        two_factors=settings.two_factors,
        body_wait_s=settings.body_wait_s,
        deadline_s=settings.deadline_s,
        first_day=settings.first_day,
        provider=identity_provider(settings),
        public_url=settings.public_url,
        folders=written_folders(settings),
        cors_origins=tuple(listed(settings.cors_origins)),
        ways=Ways(mail=settings.smtp_host is not None, webhooks=own_webhooks(settings)),
        least_free_bytes=settings.disk_free_mb * 1_000_000,
        journal_log=outside_of(settings).log,
        tracer_provider=tracer_provider(settings.traces_url) if settings.traces_url else None,
        witness=witness_of(settings),
        share_key=cache(partial(share_key, settings)),
        metrics_token=token.get_secret_value() if (token := settings.metrics_token) else None,
    )


def served_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the host names of the service: loopback, the public one, additional ones."""
    public = urlsplit(settings.public_url or "").hostname
    return tuple(dict.fromkeys((*LOOPBACK, *filter(None, (public, *listed(settings.hosts))))))


def street_map(settings: Settings) -> Path | None:
    """Return the file of the street map: the configured one, or the one built beside the store."""
    built = settings.home / BUILT
    return settings.basemap or (built if built.is_file() else None)


def _warm(store: Store) -> None:
    """Compute the first page ahead of the first request, which reports any error."""
    with suppress(GeositesError), store.begin() as conn:
        services.home(conn, dt.datetime.now(dt.UTC))
        place_search.search(conn)
        walking_distances.router(conn).ready()
