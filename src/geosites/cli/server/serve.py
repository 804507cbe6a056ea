"""`geosites serve` and `geosites server`: run the service, with or without setting it up first.

The process that supervises the workers does not import the application; they do.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
import uvicorn

from geosites.cli.console.output import answers
from geosites.cli.server.first_run import fill, print_sign_in
from geosites.cli.server.opened_browser import open_when_up
from geosites.cli.store.store_setup import open_store, require_service_rights
from geosites.core.errors import Refused, StoreUnavailable, os_reason
from geosites.db.postgres.connection import Store
from geosites.ops.log import log_as_json
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.scheduler import Scheduler
from geosites.ops.worker_supervisor import run
from geosites.settings import Settings
from geosites.web.middleware.timeouts import KEEP_ALIVE_S, PatientProtocol
from geosites.web.monitoring.metrics import SHARED

_READY_S = 60.0
_WORKER_WAIT_S = 60
"""Seconds after which a worker that does not answer its health check is replaced."""

Host = Annotated[
    str, typer.Option(help="Address to listen on; beyond loopback an HTTPS proxy is needed.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Number of worker processes.")] = 1,
) -> None:
    """Serve pages and API; the database must be ready."""
    settings = Settings()
    _require_secret(host, settings)
    _require_free(host, port)
    with open_store(settings) as store:
        url = store.url
        same_on_paper(store, settings)
    require_service_rights(settings)
    signal.signal(signal.SIGTERM, _leave)
    log_as_json()
    with _shared_metrics(workers), _scheduled(url, settings):
        config = uvicorn.Config(
            "geosites.cli.server.application:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            log_config=None,
            server_header=False,
            http=PatientProtocol,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=settings.stop_wait_s,
            timeout_worker_healthcheck=_WORKER_WAIT_S,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
        )
        run(config, preload="geosites.cli.server.preloaded")


def server(
    check: Annotated[
        bool, typer.Option("--check", help="Start, check readiness, stop, print ok.")
    ] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Do not load the exercise.")] = False,
    port: Port = 8000,
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open the sign-in page, on a desktop."),
    ] = True,
) -> None:
    """Prepare the database, with the exercise on first run, then serve."""
    settings = Settings()
    if not check:
        _require_free("127.0.0.1", port)
    ran_before = settings.database_url is None and _private(settings).status().running
    fill(settings, empty=empty)
    if not check:
        sign_in = f"http://127.0.0.1:{port}/sign-in"
        print_sign_in(settings, sign_in)
        if browser:
            open_when_up(sign_in)
        serve(port=port)
        return
    _check_once()
    if settings.database_url is None and not ran_before:
        _private(settings).stop()
    answers.print("ok")


def _leave(_signal: int, _frame: object) -> NoReturn:
    """Exit with success; uvicorn passes a signal on after the requests in progress."""
    raise SystemExit(0)


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Let several workers write their metrics to one folder, removed after the block."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="geosites-measures-") as folder:
        os.environ[SHARED] = folder
        yield


@contextmanager
def _scheduled(url: str, settings: Settings) -> Iterator[None]:
    """Run the jobs of the settings in this process, and end them after the block."""
    if not settings.wanted_jobs:
        yield
        return
    scheduler = Scheduler(url, settings.wanted_jobs)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


def _check_once() -> None:
    """Serve on a free port until the service reports that it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    from geosites.cli.server.application import application

    app = application()
    config = uvicorn.Config(app, port=port, log_level="warning")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        _await_ready(f"http://127.0.0.1:{port}/readyz")
    finally:
        running.should_exit = True
        thread.join(timeout=_READY_S)
        app.state.store.close()


def _await_ready(address: str) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - our own
                if response.status == 200:
                    return
                said: object = response.status
        except OSError as error:
            said = error
        if time.monotonic() > deadline:
            raise StoreUnavailable("the service does not become ready: %(error)s", error=said)
        time.sleep(0.05)


def _private(settings: Settings) -> PrivateCluster:
    return PrivateCluster(settings.home.absolute())


def same_on_paper(store: Store, settings: Settings) -> None:
    """Make maps on paper show the street map that is served, where it is another than before.

    Raises `Refused` for a file that cannot be served, before the workers start.
    """
    from geosites.db.geography import street_map
    from geosites.presentation.basemap_attribution import BUILT
    from geosites.web.tiles.basemap_tiles import TileFile

    path = settings.basemap or settings.home / BUILT
    if settings.basemap is None and not path.is_file():
        return
    file = TileFile.open(path)
    with store.begin() as conn:
        if street_map.digest(conn, street_map.TILES) != file.version:
            from geosites.cli.geo import tile_files
            from geosites.imports.basemap.build import area_of

            tile_files.onto_paper(conn, file, area_of(conn))


def _require_free(host: str, port: int) -> None:
    """Raise `Refused` where the port is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                "port %(port)s of %(host)s: %(reason)s; choose another with --port",
                port=port,
                host=host,
                reason=os_reason(error),
            ) from error


def _require_secret(host: str, settings: Settings) -> None:
    """Raise `Refused` where passwords would be sent unencrypted."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not settings.secure:
        raise Refused(
            "--host %(host)s: beyond loopback the service needs HTTPS; put a proxy in front "
            "and set GEOSITES_PUBLIC_URL to its address",
            host=host,
        )
