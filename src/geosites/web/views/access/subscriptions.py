"""The pages of an account's own subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from geosites.alarms.own_subscriptions import Ways
from geosites.core.alarm_messages import Channel, MessageState, Subscription, SubscriptionTopic
from geosites.db.publication.own_subscriptions import LastMessage
from geosites.permissions.message_recipients import topics
from geosites.permissions.policy import Role
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.template_rendering import Page
from geosites.presentation.text.alarm_text import kind_word
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption


@dataclass(frozen=True, kw_only=True)
class OwnSubscriptions:
    """What the page shows: the subscriptions, their last messages, the ways, the feed's address."""

    lines: Sequence[Subscription]
    last: Mapping[UUID, LastMessage]
    ways: Ways
    feed: str


def subscriptions(
    page: Page, shown: OwnSubscriptions, form: FilledForm, about: Sequence[str], role: Role
) -> str:
    """Return the list of subscriptions, and the form to begin one."""
    words = page.words
    hosts = sorted(shown.ways.webhooks.hosts) if shown.ways.webhooks else []
    channels = [Channel.EMAIL, *([Channel.WEBHOOK] if hosts else [])]
    return page.html(
        "access/subscriptions.html",
        here="account",
        lines=[
            (item, subscription_line(words, item), _last(words, shown.last.get(item.id)))
            for item in shown.lines
        ],
        form=form.told(words),
        about=set(about),
        topics=_topics(words, role),
        channels=[SelectOption(way, channel_word(words, way)) for way in channels],
        language_choices=_languages(),
        mail=shown.ways.mail,
        hosts=", ".join(hosts),
        feed=shown.feed,
    )


def one_subscription(
    page: Page, there: Subscription, form: FilledForm, about: Sequence[str], role: Role
) -> str:
    """Return the form to change a subscription."""
    words = page.words
    return page.html(
        "access/subscription.html",
        here="account",
        there=there,
        line=subscription_line(words, there),
        form=form.told(words),
        about=set(about),
        topics=_topics(words, role),
        language_choices=_languages(),
    )


def webhook_slip(page: Page, made: Subscription, secret: str) -> str:
    """Return the page that shows the secret of a webhook, this once."""
    return page.html("access/new_webhook_secret.html", here="account", made=made, secret=secret)


def subscription_line(words: Words, there: Subscription) -> str:
    """Return a description of a subscription, on one line."""
    about = ", ".join(topic_word(words, one) for one in SubscriptionTopic if one in there.about)
    hours = words.say("at any hour")
    if there.hours is not None:
        clock = words.language.clock
        opens, closes = clock.format(there.hours.opens), clock.format(there.hours.closes)
        hours = words.say("from %(opens)s to %(closes)s", opens=opens, closes=closes)
    language = Language(there.language).own_name
    told = words.say("; ").join((about, hours, language))
    return f"{there.address}{words.say(': ')}{told}"


def channel_word(words: Words, channel: Channel) -> str:
    """Return the label of a channel."""
    return {Channel.EMAIL: words.say("E-mail"), Channel.WEBHOOK: words.say("Webhook")}[channel]


def topic_word(words: Words, topic: SubscriptionTopic) -> str:
    """Return the label of a topic."""
    return {
        SubscriptionTopic.CLOSURES: words.say("closures that give way"),
        SubscriptionTopic.WEEKS: words.say("weeks that are over"),
        SubscriptionTopic.HOTSPOTS: words.say("new hotspots"),
        SubscriptionTopic.BULLETINS: words.say("first page of the bulletin, by e-mail only"),
    }[topic]


def _topics(words: Words, role: Role) -> list[SelectOption]:
    allowed = topics(role)
    return [
        SelectOption(one, words.capital(topic_word(words, one)))
        for one in SubscriptionTopic
        if one in allowed
    ]


def _languages() -> list[SelectOption]:
    return [SelectOption(one, one.own_name) for one in Language]


def _last(words: Words, last: LastMessage | None) -> str:
    """Return the delivery status of the latest message, or that there was none."""
    if last is None:
        return words.say("No message yet.")
    what, when = words.capital(kind_word(words, last.kind)), words.instant(last.queued_at)
    if last.state is MessageState.WAITING and last.last_error is None:
        return words.say("%(what)s, %(when)s: on its way.", what=what, when=when)
    if last.state is MessageState.DELIVERED:
        return words.say("%(what)s, %(when)s: delivered.", what=what, when=when)
    why = words.retold(last.last_error or "")
    return words.say("%(what)s, %(when)s: not delivered (%(why)s).", what=what, when=when, why=why)
