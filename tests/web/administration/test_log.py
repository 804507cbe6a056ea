"""The service's log: one line a request, and none of what was asked or answered."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
import uvicorn
from bench.ports import free_port

from geosites.db.postgres.connection import Store
from geosites.ops.log import log_as_json
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from stores import signed


@contextmanager
def _served(shared_store: Store) -> Iterator[str]:
    """Return the address of a service that logs as the real one does, until it has stopped."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    log_as_json()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(shared_store), port=port, log_level="warning", ws="none", log_config=None
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 120
    while not server.started and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        structlog.reset_defaults()
        root.handlers[:], root.level = handlers, level
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook = hooks


def test_a_line_tells_the_route_and_not_the_address(
    shared_store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    path, shown = "/sites/somebody-s-name?x=secret", signed.bearer()
    with _served(shared_store) as address, pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(urllib.request.Request(address + path, headers=shown))
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "{" in line]
    (line,) = [line for line in lines if line.get("event") == "answered"]
    assert (line["route"], line["status"], line["method"]) == ("/sites/{slug}", 404, "GET")
    assert signed.token(Role.COORDINATOR) not in json.dumps(lines)
    assert "somebody" not in json.dumps(lines)
    assert "secret" not in json.dumps(lines)


def test_an_error_nobody_foresaw_is_one_line_with_its_traceback(
    shared_store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    with _served(shared_store) as address:
        logging.getLogger("uvicorn.error").error(
            "what a library says", exc_info=ZeroDivisionError("inside")
        )
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        urllib.request.urlopen(address + "/healthz")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    said = {line["event"].partition("\n")[0]: line for line in lines}
    assert "ZeroDivisionError: inside" in said["what a library says"]["exception"]
    assert "division by zero" in said["uncaught"]["exception"]
    assert said["uncaught"]["level"] == "critical"
    assert len({line["request_id"] for line in lines if line["event"] == "answered"}) == 1
