"""A field that nobody named for messages is in no letter and in no webhook.

Results get unknown fields at every level, as in `web/test_allow_list.py`; what a mail server and a
web server then take holds none of them. A message that carries its whole answer is found.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alarms.servers import Mailbox, Receiver
from alarms.steps import deliver, look, subscribed, webhook
from geosites.alarms import change_detection
from geosites.bulletins import Copy, bulletin_letter, canonical
from geosites.core.alarm_messages import Channel, Subscription, SubscriptionTopic
from geosites.db.postgres.connection import Store
from geosites.presentation.i18n import Language
from samples import bulletin_samples
from web.redaction.test_allow_list import KEY, VALUE, poison, strange

SUNDAY = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
LATER = SUNDAY + dt.timedelta(days=200)
"""A week ended and a confirmation lapsed meanwhile."""

TOPICS = frozenset(
    {SubscriptionTopic.CLOSURES, SubscriptionTopic.WEEKS, SubscriptionTopic.HOTSPOTS}
)


@pytest.fixture
def asked() -> Iterator[set[str]]:
    """Return which results are asked for, each of which gives unknown fields until the end."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patched:
        poison(patched, names)
        yield names


def taken(store: Store, receiver: Receiver, secret_file: Path, box: Mailbox) -> list[str]:
    """Return all that a webhook and a mailbox got of what changed between two looks."""
    subscribed(store, webhook(receiver, secret_file, about=TOPICS))
    letter = Subscription(
        id=uuid.uuid4(), channel=Channel.EMAIL, address="duty@localhost", about=TOPICS
    )
    subscribed(store, letter)
    assert look(store, SUNDAY) == 0
    assert look(store, SUNDAY + dt.timedelta(days=1)) + look(store, LATER) > 0
    assert set(deliver(store, LATER, box)) == {"delivered"}
    assert receiver.taken
    assert box.letters
    bodies = [json.dumps(one, ensure_ascii=False) for one in receiver.taken]
    return bodies + [letter.as_string() + _text(letter) for letter in box.letters]


def _text(letter: Any) -> str:
    return "".join(
        part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"
    )


def test_no_alarm_tells_an_unknown_field(
    small: Store, receiver: Receiver, secret_file: Path, mail_server: Mailbox, asked: set[str]
) -> None:
    told = taken(small, receiver, secret_file, mail_server)
    assert asked >= {"ClosureAnswer", "WeekHotspots"}
    assert {one["kind"] for one in receiver.taken} >= {"new_week", "lapsed"}
    assert [one for one in told if VALUE in one or KEY in one] == []


def test_a_message_that_carries_its_whole_answer_is_found(
    small: Store,
    receiver: Receiver,
    secret_file: Path,
    mail_server: Mailbox,
    asked: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = change_detection.alarm_content

    def careless(language: Any, kind: Any, at: Any, answer: Any, *more: Any) -> Any:
        return {**real(language, kind, at, answer, *more), KEY: answer[KEY]}

    monkeypatch.setattr(change_detection, "alarm_content", careless)
    told = taken(small, receiver, secret_file, mail_server)
    assert any(VALUE in one for one in told)


def test_the_letter_of_a_bulletin_tells_no_unknown_field() -> None:
    content = bulletin_samples.content()
    copy = Copy(canonical(strange(content)), bulletin_samples.imprint(content))
    assert VALUE in copy.text
    for language in Language:
        made = bulletin_letter(
            copy, language, "geosites@example.org", "chief@example.org", bulletin_samples.KNOWN
        )
        told = made.as_string() + _text(made)
        assert VALUE not in told
        assert KEY not in told
