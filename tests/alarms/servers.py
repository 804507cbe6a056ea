"""What a web server and a mail server of the tests take, refuse and keep."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

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


@dataclass
class Mailbox:
    """What a mail server took, and where it listens."""

    host: str
    port: int
    letters: list[EmailMessage]
    refusals: list[str]


class MailHandler:
    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


class MailController(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


Mailboxes = Callable[..., Mailbox]


def knows_the_password(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
    """Let in who signs in as geosites with the password of the test."""
    right = data == LoginPassword(b"geosites", b"open sesame")
    return AuthResult(success=right and mechanism in ("PLAIN", "LOGIN"), handled=False)
