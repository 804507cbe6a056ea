"""Real receivers on loopback: a web server that checks signatures, and a mail server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from geosites.store.connection import Store
from geosites.store.schema import mark
from geosites.store.schema_closures import alarm_message, alarm_status, alarm_subscription

SECRET = b"a secret that nobody knows"


@dataclass
class Receiver:
    """A web server that answers with the statuses told, then 204, and keeps what was signed."""

    statuses: list[int] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status of the answer to one request."""
        self.paths.append(path)
        self.headers.append(headers)
        if not self._is_signed(headers, body):
            return 401
        if self.statuses:
            self.refused.append(self.statuses[0])
            return self.statuses.pop(0)
        self.taken.append(json.loads(body))
        return 204

    def _is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = hmac.new(SECRET, content, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(digest).decode()
        return hmac.compare_digest(headers["webhook-signature"], expected)


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


@dataclass
class Mailbox:
    """What a mail server took, and where it listens."""

    host: str
    port: int
    letters: list[EmailMessage]
    refusals: list[str]


class _Handler:
    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


Mailboxes = Callable[..., Mailbox]


@pytest.fixture
def start_mail_server() -> Iterator[Mailboxes]:
    """Return a function that starts a mail server; it runs until the end of the test."""
    running = []

    def start(**options: Any) -> Mailbox:
        handler = _Handler()
        controller = _OnAnyPort(handler, hostname="127.0.0.1", port=0, **options)
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


def knows_the_password(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
    """Let in who signs in as geosites with the password of the test."""
    right = data == LoginPassword(b"geosites", b"open sesame")
    return AuthResult(success=right and mechanism in ("PLAIN", "LOGIN"), handled=False)


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
