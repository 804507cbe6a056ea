"""Subscriptions and their hours are valid by construction."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core import city
from geosites.core.alarm_messages import Channel, Hours, Subscription
from geosites.core.errors import Refused

TIMES = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
INSTANTS = st.datetimes(
    dt.datetime(2022, 1, 1), dt.datetime(2024, 12, 31), timezones=st.just(dt.UTC)
)


def webhook(address: str) -> Subscription:
    return Subscription(
        id=uuid.uuid4(), channel=Channel.WEBHOOK, address=address, secret_file=Path("secret")
    )


def mailbox(address: str) -> Subscription:
    return Subscription(id=uuid.uuid4(), channel=Channel.EMAIL, address=address)


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        ("08:00-20:00", "2022-10-05T12:00", "2022-10-05T12:00"),
        ("08:00-20:00", "2022-10-05T07:59", "2022-10-05T08:00"),
        ("08:00-20:00", "2022-10-05T20:00", "2022-10-06T08:00"),
        ("20:00-06:00", "2022-10-05T23:30", "2022-10-05T23:30"),
        ("20:00-06:00", "2022-10-05T05:59", "2022-10-05T05:59"),
        ("20:00-06:00", "2022-10-05T06:00", "2022-10-05T20:00"),
        ("08:00-20:00", "2022-10-30T02:30", "2022-10-30T08:00"),
        ("02:30-05:00", "2023-03-26T01:00", "2023-03-26T03:30"),
    ],
)
def test_messages_are_held_until_the_window_opens_on_paris_clocks(
    hours: str, at: str, opens: str
) -> None:
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=city.zone())
    expected = dt.datetime.fromisoformat(opens).replace(tzinfo=city.zone())
    assert Hours.parse(hours).next_open(instant) == expected.astimezone(dt.UTC)


@given(opens=TIMES, closes=TIMES, at=INSTANTS)
def test_a_window_opens_within_a_day_and_then_holds(opens, closes, at) -> None:
    if opens == closes:
        with pytest.raises(Refused):
            Hours(opens, closes)
        return
    hours = Hours(opens, closes)
    found = hours.next_open(at)
    assert dt.timedelta(0) <= found - at <= dt.timedelta(hours=26)
    assert hours.next_open(found) == found
    assert Hours.parse(str(hours)) == hours


@pytest.mark.parametrize("text", ["", "8-20", "08:00", "25:00-26:00", "08:00-08:00", "08:00–20:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Hours.parse(text)


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.7:8080/alarms?to=1", "https://example.org", "http://[::1]:9/x"],
)
def test_a_webhook_is_an_address_of_the_web(address: str) -> None:
    assert webhook(address).address == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.org",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "https://",
        "http://user:word@example.org/",
        "http://example.org/#part",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nX: y",
        "http://exämple.org/",
        "http://[::1/",
        "https://example.org/" + "x" * 500,
    ],
)
def test_what_is_no_address_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        webhook(address)


@pytest.mark.parametrize("address", ["service@example.org", "a.b+c@localhost"])
def test_a_mailbox_is_an_address_of_mail(address: str) -> None:
    assert mailbox(address).address == address


@pytest.mark.parametrize(
    "address", ["", "service", "a@b@c", "a b@c", "a@c\r\nBcc: x@y", "<a@c>", "a@", "@c", "a@b, c@d"]
)
def test_what_is_no_mailbox_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        mailbox(address)


def test_a_webhook_has_a_secret_and_a_mailbox_has_none() -> None:
    with pytest.raises(Refused, match="secret"):
        Subscription(id=uuid.uuid4(), channel=Channel.WEBHOOK, address="http://a/")
    with pytest.raises(Refused, match="secret"):
        Subscription(
            id=uuid.uuid4(), channel=Channel.EMAIL, address="a@b", secret_file=Path("secret")
        )
