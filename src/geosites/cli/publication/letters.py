"""The first page of bulletins by e-mail: sent once by hand, or to subscribers."""

from __future__ import annotations

import datetime as dt

from geosites import bulletins as publishing
from geosites.alarms.mail_encryption import Encryption
from geosites.alarms.smtp import MailServer, by_mail, send_letter
from geosites.bulletins import Copy
from geosites.bulletins.email_subscribers import issue_of
from geosites.core.alarm_messages import AlarmKind, Message
from geosites.core.errors import phrase
from geosites.db.postgres.connection import Store
from geosites.presentation.i18n import Language

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def send_bulletin(
    server: MailServer, copy: Copy, language: Language, address: str, now: dt.datetime
) -> str | None:
    """Send the first page of an issued revision; return None, or why it was not taken.

    It holds exact places, so that it leaves encrypted, or for a mail server of this machine.
    """
    if server.encryption is Encryption.NONE and server.host not in LOOPBACK:
        return phrase("a bulletin holds exact places and is sent encrypted only")
    letter = publishing.bulletin_letter(copy, language, server.sender, address, now)
    return send_letter(server, letter)


def by_mail_or_letter(
    server: MailServer | None, store: Store, message: Message, now: dt.datetime
) -> str | None:
    """Send a message by e-mail, a bulletin as the letter that its revision makes."""
    if server is None or message.kind is not AlarmKind.NEW_BULLETIN:
        return by_mail(server, message, now)
    with store.begin() as conn:
        copy = publishing.of_issue(issue_of(conn, message))
    to = message.subscription
    return send_bulletin(server, copy, Language(to.language), to.address, now)
