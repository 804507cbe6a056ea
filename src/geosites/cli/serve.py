"""`geosites serve` and `geosites server`: the service, and everything it needs first.

What watches the workers reads none of the application: that is left to them.
"""

from __future__ import annotations

import datetime as dt
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

from geosites.cli.output import answers, remarks, say
from geosites.cli.store_setup import by_command_line, open_store, prepare, store_url
from geosites.cli.users import print_first_accounts
from geosites.core.errors import Refused, StoreUnavailable
from geosites.db import accounts, sightings, store_flags
from geosites.db.postgres.connection import Store
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.workers import run
from geosites.settings import Settings
from geosites.web.metrics import SHARED
from geosites.web.middleware.timeouts import KEEP_ALIVE_S, PatientProtocol

_READY_S = 60.0
_WORKER_WAIT_S = 60
"""How long a worker that lives may be silent before another is started in its place."""

Host = Annotated[str, typer.Option(help="Other than loopback: behind a proxy that speaks https.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve pages and API from a store that is ready."""
    settings = Settings()
    _require_secret(host, settings)
    _require_free(host, port)
    if settings.basemap is not None:
        from geosites.web.basemap_tiles import TileFile

        TileFile.open(settings.basemap)
    with open_store(settings):
        pass
    signal.signal(signal.SIGTERM, _leave)
    with _counting_together(workers):
        config = uvicorn.Config(
            "geosites.cli.application:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            server_header=False,
            http=PatientProtocol,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=settings.stop_wait_s,
            timeout_worker_healthcheck=_WORKER_WAIT_S,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
        )
        run(config)


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
        _say_how_to_sign_in(settings, f"http://127.0.0.1:{port}")
        serve(port=port)
        return
    _ask_once()
    if settings.database_url is None and not ran_before:
        _private(settings).stop()
    answers.print("ok")


def _leave(_signal: int, _frame: object) -> NoReturn:
    """Stop with success; uvicorn lets a signal through once it has answered what was under way."""
    raise SystemExit(0)


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Have several workers write their counts into one folder, which is gone after the block."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="geosites-measures-") as folder:
        os.environ[SHARED] = folder
        yield


def _fill(settings: Settings, *, empty: bool) -> None:
    store = Store(store_url(settings), pool_size=settings.pool_size, said=by_command_line())
    try:
        prepare(store, geography=empty)
        with store.begin() as conn:
            if empty and store_flags.is_exercise(conn):
                said = say("--empty: this store holds the exercise; name a new GEOSITES_HOME.")
                remarks.print(said)
            if empty or sightings.span(conn, rejected=True) is not None:
                return
            from geosites import exercise  # takes a second that only a new store needs

            remarks.print(say("Loading the exercise: fictional sightings of 2021 to 2023."))
            exercise.load(conn)
    finally:
        store.close()


def _say_how_to_sign_in(settings: Settings, address: str) -> None:
    """Print the address; for the exercise its accounts too, made when it is first served."""
    answers.print(say("geosites is on %(address)s: sign in there.", address=address))
    store = Store(store_url(settings), pool_size=1, said=by_command_line())
    try:
        with store.begin() as conn:
            if accounts.everything(conn):
                command = ".venv/bin/geosites user reset LOGIN"
                answers.print(say("A new password: %(command)s", command=command))
            elif store_flags.is_exercise(conn):
                from geosites.exercise import accounts as exercise_accounts

                made = exercise_accounts.add_accounts(conn, dt.datetime.now(dt.UTC))
                print_first_accounts(made)
            else:
                command = ".venv/bin/geosites user add LOGIN --role coordinator --unit UNIT"
                said = say(
                    "The first account: %(command)s (and one of --role admin)", command=command
                )
                answers.print(said)
    finally:
        store.close()


def _ask_once() -> None:
    """Serve on a free port for as long as it takes to be told that the service is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    from geosites.cli.application import application

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
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except OSError as error:
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    "the service does not become ready: %(error)s", error=error
                ) from error
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
            raise Refused(
                "port %(port)s of %(host)s: %(reason)s; choose another by --port",
                port=port,
                host=host,
                reason=reason,
            ) from error


def _require_secret(host: str, settings: Settings) -> None:
    """Raise `Refused` where passwords would travel in the open."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not settings.secure:
        raise Refused(
            "--host %(host)s: beyond loopback readers come by https alone; put a "
            "proxy that speaks it in front, and its address into GEOSITES_PUBLIC_URL",
            host=host,
        )
