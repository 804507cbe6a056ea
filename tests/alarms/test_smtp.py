"""E-mail, taken by a real mail server."""

from __future__ import annotations

import datetime as dt
import ssl
import uuid
from pathlib import Path
from typing import Any

import pytest

from alarms.servers import Mailbox, Mailboxes, knows_the_password
from geosites.alarms.mail_encryption import Encryption
from geosites.alarms.smtp import MailServer, by_mail
from geosites.core.alarm_messages import AlarmKind, Channel, Message, Subscription

NOW = dt.datetime(2022, 10, 7, 8, 30, tzinfo=dt.UTC)
CONTENT = {
    "subject": "Forceval (Paris 19e) : de nouveau occupé",
    "text": "De nouveau occupé depuis le 5 octobre 2022, 19 h 00.",
    "link": "/sites/forceval",
    "language": "fr",
}


def message(**content: str) -> Message:
    return Message(
        id=uuid.UUID(int=7),
        subscription=Subscription(
            id=uuid.UUID(int=1), channel=Channel.EMAIL, address="service@example.org"
        ),
        site="forceval",
        kind=AlarmKind.REOPENED,
        changed_at=NOW,
        content={**CONTENT, **content},
        due_at=NOW,
    )


def server(box: Mailbox, encryption: str = "none", **options: Any) -> MailServer:
    return MailServer(
        host=box.host,
        port=box.port,
        encryption=Encryption(encryption),
        sender="geosites@example.org",
        **options,
    )


def test_a_letter_says_what_happened(mail_server: Mailbox) -> None:
    assert by_mail(server(mail_server), message(), NOW) is None
    (letter,) = mail_server.letters
    assert (letter["From"], letter["To"]) == ("geosites@example.org", "service@example.org")
    assert letter["Subject"] == CONTENT["subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == f"<{uuid.UUID(int=7)}@example.org>"
    assert letter["Date"].datetime == NOW
    assert letter.get_content().replace("\r", "").split("\n\n") == [
        CONTENT["subject"],
        CONTENT["text"],
        CONTENT["link"] + "\n",
    ]


def test_a_server_that_cannot_take_it_now_is_named(mail_server: Mailbox) -> None:
    mail_server.refusals.append("451 later, please")
    failure = by_mail(server(mail_server), message(), NOW)
    assert failure is not None
    assert "451" in failure
    assert by_mail(server(mail_server), message(), NOW) is None


def test_without_a_server_the_setting_is_named() -> None:
    assert "GEOSITES_SMTP_HOST" in str(by_mail(None, message(), NOW))


def test_a_subject_cannot_add_headers(mail_server: Mailbox) -> None:
    failure = by_mail(server(mail_server), message(subject="a\r\nBcc: x@example.org"), NOW)
    assert failure is not None
    assert mail_server.letters == []


def test_starttls_and_a_sign_in(
    start_mail_server: Mailboxes, server_side: ssl.SSLContext, certificate: Path
) -> None:
    box = start_mail_server(
        tls_context=server_side, require_starttls=True, authenticator=knows_the_password,
        auth_required=True,
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=str(certificate))
    known = {"trusted": trusted, "user": "geosites", "password": "open sesame"}
    assert by_mail(server(box, "starttls", **known), message(), NOW) is None
    assert len(box.letters) == 1
    wrong = by_mail(server(box, "starttls", **{**known, "password": "open"}), message(), NOW)
    assert wrong is not None
    assert "535" in wrong
    assert "open" not in wrong


def test_tls_from_the_start(
    start_mail_server: Mailboxes, server_side: ssl.SSLContext, certificate: Path
) -> None:
    box = start_mail_server(ssl_context=server_side)
    trusted = ssl.create_default_context(cafile=str(certificate))
    assert by_mail(server(box, "tls", trusted=trusted), message(), NOW) is None
    assert len(box.letters) == 1


def test_a_server_that_cannot_prove_its_name_gets_nothing(
    start_mail_server: Mailboxes, server_side: ssl.SSLContext
) -> None:
    box = start_mail_server(tls_context=server_side)
    failure = by_mail(server(box, "starttls"), message(), NOW)
    assert failure is not None
    assert "certificate" in failure.lower()
    assert box.letters == []


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_server_without_encryption_gets_nothing(mail_server: Mailbox, encryption: str) -> None:
    assert by_mail(server(mail_server, encryption), message(), NOW)
    assert mail_server.letters == []
