"""`geosites serve` and `geosites server`: the service, and everything it needs first."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from typing import Annotated

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from geosites import exercise, studies
from geosites.access import anchors
from geosites.cli.opening import by_command_line, open_store, prepare, service_store, store_url
from geosites.cli.output import answers, remarks
from geosites.embedded import PrivateCluster
from geosites.errors import GeositesError, Refused, StoreUnavailable
from geosites.settings import Settings
from geosites.store import sightings
from geosites.store.connection import Store
from geosites.web import create_app
from geosites.web.basemap import TileFile

_READY_S = 60.0

Host = Annotated[str, typer.Option(help="Loopback only, until there is a sign-in.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve pages and API from a store that is ready."""
    _require_loopback(host)
    _require_free(host, port)
    settings = Settings()
    if settings.basemap is not None:
        TileFile.open(settings.basemap)
    with open_store(settings):
        pass
    uvicorn.run(
        "geosites.cli.serve:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        server_header=False,
    )


def server(
    check: Annotated[bool, typer.Option("--check", help="Start, ask, stop; print ok.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Without the exercise.")] = False,
    port: Port = 8000,
) -> None:
    """Make the store ready (the exercise on first run, unless told not to), then serve."""
    settings = Settings()
    if not check:
        _require_free("127.0.0.1", port)
    ran_before = settings.database_url is None and _private(settings).status().running
    _fill(settings, empty=empty)
    if not check:
        answers.print(f"geosites is on http://127.0.0.1:{port} (no sign-in yet; loopback only)")
        serve(port=port)
        return
    _ask_once()
    if settings.database_url is None and not ran_before:
        _private(settings).stop()
    answers.print("ok")


def application() -> FastAPI:
    """Return the service as the settings of this process describe it."""
    settings = Settings()
    log_as_json()
    store = service_store(settings)
    threading.Thread(target=_warm, args=(store,), daemon=True).start()
    anchored = (store, anchors.anchors_file(settings.home.absolute()), threading.Event())
    threading.Thread(target=anchors.take_regularly, args=anchored, daemon=True).start()
    return create_app(
        store,
        upload_limit_bytes=settings.upload_limit_mb * 1_000_000,
        basemap=settings.basemap,
    )


def log_as_json() -> None:
    """Write one JSON line a request on standard error: method, route, status, time; no data."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _warm(store: Store) -> None:
    """Analyse the weeks behind the first page before anybody asks; what fails will be told then."""
    with suppress(GeositesError), store.begin() as conn:
        studies.home(conn, dt.datetime.now(dt.UTC))


def _fill(settings: Settings, *, empty: bool) -> None:
    store = Store(store_url(settings), pool_size=settings.pool_size, said=by_command_line())
    try:
        prepare(store, geography=empty)
        with store.begin() as conn:
            if empty or sightings.span(conn) is not None:
                return
            remarks.print("loading the exercise: fictional sightings of 2021 to 2023")
            exercise.load(conn)
    finally:
        store.close()


def _ask_once() -> None:
    """Serve on a free port for as long as it takes to be told that the service is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(application(), port=port, log_level="warning")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        _await_ready(f"http://127.0.0.1:{port}/readyz")
    finally:
        running.should_exit = True
        thread.join(timeout=_READY_S)


def _await_ready(address: str) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except OSError as error:
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"the service does not become ready: {error}") from error
        time.sleep(0.05)


def _private(settings: Settings) -> PrivateCluster:
    return PrivateCluster(settings.home.absolute())


def _require_free(host: str, port: int) -> None:
    """Raise `Refused` where something else listens on a port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or "not possible").lower()
            raise Refused(f"port {port} of {host}: {reason}; choose another by --port") from error


def _require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(f"--host {host}: without a sign-in the service listens on loopback only")
