"""The first page of a bulletin by e-mail: what every reader of mail can show."""

from __future__ import annotations

import datetime as dt
import random
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from alarms.servers import Mailbox
from alarms.test_smtp import server
from geosites.alarms.delivery import deliver_due
from geosites.alarms.mail_encryption import Encryption
from geosites.alarms.smtp import MailServer, send_letter
from geosites.bulletins import Copy, bulletin_letter, canonical, issue
from geosites.cli.publication.letters import by_mail_or_letter, send_bulletin
from geosites.core.alarm_messages import Channel, MessageState, Subscription, SubscriptionTopic
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.presentation.i18n import Language
from plain import plain
from samples.bulletin_samples import KNOWN, content, imprint
from samples.hostile import ATTACKS


def letter(of: Any = None, language: Language = Language.FRENCH) -> EmailMessage:
    of = content() if of is None else of
    copy = Copy(canonical(of), imprint(of))
    return bulletin_letter(copy, language, "geosites@example.org", "chief@example.org", KNOWN)


def parts(made: EmailMessage) -> tuple[str, str, bytes]:
    """Return text, HTML and picture as a reader of mail takes them from the bytes."""
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    text, html = read.get_body(("plain",)), read.get_body(("html",))
    assert text is not None
    assert html is not None
    (picture,) = (part for part in read.walk() if part.get_content_type() == "image/png")
    return text.get_content(), html.get_content(), picture.get_content()


def test_text_and_html_say_the_first_page() -> None:
    text, html, picture = parts(letter())
    for told in (plain(text), plain(html)):
        assert "environ 87 personnes aux 41 endroits visités" in told
        assert "Square Forceval" in told
        assert "Données fictives" in told
        assert "permut" not in told
    assert picture.startswith(b"\x89PNG")


def test_a_phone_can_show_it_and_nothing_draws_larger_than_its_text() -> None:
    _, html, _ = parts(letter())
    assert "max-width: 100%" in html
    assert "width=device-width" in html
    assert "<svg" not in html


def test_the_text_explains_its_percentages_and_says_that_nothing_is_closed() -> None:
    text, _, _ = parts(letter())
    assert "(97 %)" in plain(text)
    assert "Entre parenthèses : la probabilité" in plain(text)
    of = content()
    none, _, _ = parts(letter(content(closures={**of["closures"], "sites": []})))
    assert "Aucun lieu n'est fermé." in plain(none)
    assert "Entre parenthèses" not in plain(none)


def test_the_picture_is_inside_and_nothing_is_asked_from_elsewhere() -> None:
    made = letter()
    html = parts(made)[1]
    assert re.findall(r'src="([^"]+)"', html) == ["cid:map@geosites"]
    assert "<map@geosites>" in [part["Content-ID"] for part in made.walk()]
    assert re.search(r"https?:|<script|<link|url\(", html) is None
    assert re.search(r'<img[^>]* alt="[^"]{10,}', html)
    assert letter(language=Language.ENGLISH)["Content-Language"] == "en"


@pytest.mark.parametrize("attack", [*ATTACKS[:12], "a\r\nBcc: x@evil.example"])
def test_what_people_typed_is_text_and_no_header(attack: str) -> None:
    made = letter(content(attack))
    assert made["Bcc"] is None
    assert "<script>alert" not in parts(made)[1]


def test_a_bulletin_that_is_issued_goes_to_its_subscribers(
    store: Store, mail_server: Mailbox
) -> None:
    subscribed = Subscription(
        id=uuid4(),
        channel=Channel.EMAIL,
        address="duty@example.org",
        about=frozenset({SubscriptionTopic.BULLETINS}),
    )
    week, now = IsoWeek.parse("2022-W40"), dt.datetime(2030, 1, 7, 8, tzinfo=dt.UTC)
    with store.begin() as conn:
        alarm_outbox.subscribe(conn, subscribed, KNOWN)
        issue(conn, week, now)
        issue(conn, week, now)
        (waiting,) = alarm_outbox.messages(conn, MessageState.WAITING)
    assert "places" not in str(waiting.content)
    send = partial(by_mail_or_letter, server(mail_server), store)
    counts = deliver_due(store, {Channel.EMAIL: send}, now, random.Random(1))
    assert counts.delivered == 1
    (taken,) = mail_server.letters
    assert taken["To"] == "duty@example.org"
    assert "semaine 40" in taken["Subject"]
    assert "À décider" in taken.get_body(("html",)).get_content()


def test_a_letter_with_exact_places_does_not_leave_unencrypted() -> None:
    of = content()
    copy = Copy(canonical(of), imprint(of))
    far = MailServer(host="mail.example", port=25, encryption=Encryption.NONE, sender="a@b.example")
    why = send_bulletin(far, copy, Language.FRENCH, "chief@example.org", KNOWN)
    assert why == "a bulletin holds exact places and is sent encrypted only"


def test_a_mail_server_takes_it(mail_server: Mailbox) -> None:
    assert send_letter(server(mail_server), letter()) is None
    (taken,) = mail_server.letters
    assert taken.get_content_type() == "multipart/alternative"
    assert taken["To"] == "chief@example.org"
