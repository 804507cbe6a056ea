"""Real receivers on loopback: a web server that checks signatures, and a mail server."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alarms.servers import SECRET, Mailbox, Mailboxes, MailController, MailHandler, Receiver
from alarms.steps import CONFIRMED, look, subscribed, webhook
from geosites.db.postgres.connection import Store
from geosites.db.schema.alarms import alarm_message, alarm_status, alarm_subscription
from geosites.db.schema.store_flags import mark


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a web server that runs until the end of the test."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = told.answer(self.path, headers, self.rfile.read(length))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{told.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Return a file that holds the secret which the receiver knows."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


@pytest.fixture
def start_mail_server() -> Iterator[Mailboxes]:
    """Return a function that starts a mail server; it runs until the end of the test."""
    running = []

    def start(**options: Any) -> Mailbox:
        handler = MailHandler()
        controller = MailController(handler, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return Mailbox("127.0.0.1", controller.port, handler.letters, handler.refusals)

    yield start
    for controller in running:
        controller.stop(no_assert=True)


@pytest.fixture
def mail_server(start_mail_server: Mailboxes) -> Mailbox:
    """Return a mail server that takes everything in the clear."""
    return start_mail_server()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate and its key for 127.0.0.1, in one file, made just now."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "only.pem")]
    subprocess.run(["openssl", *command.split(), *names, *files], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "only.pem").read_text() + (folder / "key.pem").read_text())
    return both


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    """Return what the mail server shows to be believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(scope="session")
def alarmed_store(exercise_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with the exercise, of which tests may change what is known of alarms."""
    own = Store(new_database(exercise_template))
    yield own
    own.close()


@pytest.fixture
def alarmed(alarmed_store: Store) -> Iterator[Store]:
    """Return the exercise, in which nobody has looked for alarms or is told of any."""
    yield alarmed_store
    with alarmed_store.begin() as conn:
        for table in (alarm_message, alarm_status, alarm_subscription):
            conn.execute(sa.delete(table))
        conn.execute(sa.delete(mark).where(mark.c.name == "alarms_looked_for"))


@pytest.fixture
def listening(alarmed: Store, receiver: Receiver, secret_file: Path) -> Store:
    """Return the exercise with the receiver subscribed, and a first look made in November 2022."""
    subscribed(alarmed, webhook(receiver, secret_file))
    assert look(alarmed, CONFIRMED) == 0
    return alarmed
