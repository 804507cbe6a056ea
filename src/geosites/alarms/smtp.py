"""E-mail delivery over SMTP."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from geosites.alarms.mail_encryption import Encryption
from geosites.core.alarm_messages import Message
from geosites.core.errors import phrase

TIMEOUT_S = 20.0


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The server that takes the mail, and who it comes from."""

    host: str
    port: int
    encryption: Encryption
    sender: str
    user: str | None = None
    password: str | None = None
    trusted: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Return whom to trust: those named, or else those the system trusts."""
        return self.trusted or ssl.create_default_context()


def by_mail(server: MailServer | None, message: Message, now: dt.datetime) -> str | None:
    """Send a message by e-mail; return None, or why it was not taken."""
    if server is None:
        return phrase("no mail server is set (GEOSITES_SMTP_HOST)")
    try:
        letter = _letter(server, message, now)
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    return send_letter(server, letter)


def send_letter(server: MailServer, letter: EmailMessage) -> str | None:
    """Send a letter; return None, or why it was not taken."""
    try:
        with _session(server) as session:
            session.send_message(letter)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def reach(server: MailServer) -> str | None:
    """Sign in to the server and send nothing; return None, or why it does not let us in."""
    try:
        with _session(server) as session:
            session.noop()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    with _connected(server) as session:
        if server.encryption is Encryption.STARTTLS:
            session.starttls(context=server.context())
        if server.user is not None:
            session.login(server.user, server.password or "")
        yield session


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.encryption is Encryption.TLS:
        return smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=server.context()
        )
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)


def _letter(server: MailServer, message: Message, now: dt.datetime) -> EmailMessage:
    content = message.content
    letter = EmailMessage()
    letter["From"] = server.sender
    letter["To"] = message.subscription.address
    letter["Subject"] = content["subject"]
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{message.id}@{server.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = content["language"]
    letter.set_content(f"{content['subject']}\n\n{content['text']}\n\n{content['link']}\n")
    return letter
