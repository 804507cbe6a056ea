"""Subscription form of an account."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from geosites.alarms.own_subscriptions import Wish
from geosites.core.alarm_messages import Channel, Hours, Subscription, SubscriptionTopic
from geosites.core.errors import Refused, phrase
from geosites.presentation.i18n import Language
from geosites.web.form_data.forms import Mistaken, TypedForm, mistakes, required


class TypedSubscription(TypedForm):
    """Form to create or change a subscription."""

    channel: str = Channel.EMAIL
    address: str = ""
    about: list[str] = Field(default_factory=list)
    opens: str = ""
    closes: str = ""
    language: str = Language.FRENCH


def wish(typed: TypedSubscription) -> Wish:
    """Return the account's notification preferences; raises `Mistaken`."""
    known = set(SubscriptionTopic)
    if not typed.about or not set(typed.about) <= known:
        raise Mistaken({"about": phrase("choose at least one topic")})
    if typed.language not in set(Language):
        raise Mistaken({"language": phrase("choose one of the list")})
    return Wish(
        about=frozenset(map(SubscriptionTopic, typed.about)),
        hours=_hours(typed),
        language=Language(typed.language),
    )


def channel(typed: TypedSubscription) -> Channel:
    """Return by which way messages go; raises `Mistaken`."""
    required(typed, "address")
    if typed.channel not in set(Channel):
        raise Mistaken({"channel": phrase("choose one of the list")})
    return Channel(typed.channel)


def typed_again(there: Subscription) -> TypedSubscription:
    """Return a subscription as it would be typed again."""
    return TypedSubscription(
        channel=there.channel,
        address=there.address,
        about=sorted(there.about),
        opens=f"{there.hours.opens:%H:%M}" if there.hours else "",
        closes=f"{there.hours.closes:%H:%M}" if there.hours else "",
        language=there.language,
    )


def _hours(typed: TypedSubscription) -> Hours | None:
    if not typed.opens and not typed.closes:
        return None
    with mistakes("opens"):
        try:
            opens, closes = (dt.time.fromisoformat(text) for text in (typed.opens, typed.closes))
        except ValueError as error:
            raise Refused("give both times, as 08:00 and 20:00, or none") from error
        return Hours(opens.replace(tzinfo=None, second=0), closes.replace(tzinfo=None, second=0))
