"""`geosites alarms`: subscriptions, the outbox, and its delivery."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from geosites.alarms.change_detection import look
from geosites.alarms.delivery import Deliver, DeliveryCounts, deliver_due
from geosites.alarms.webhooks import by_webhook, read_secret
from geosites.cli.console.language import say, say_many, translate
from geosites.cli.console.output import AsJson, answers, parse_instant, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.publication.letters import by_mail_or_letter
from geosites.cli.publication.webhook_setup import own_webhooks
from geosites.cli.server.check import mail_server
from geosites.cli.store.store_setup import open_store
from geosites.core.alarm_messages import (
    AlarmKind,
    Channel,
    Hours,
    Message,
    MessageState,
    Subscription,
    SubscriptionTopic,
)
from geosites.core.job_schedule import ServiceJob
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.ops.job_runs import recorded
from geosites.presentation.i18n import Language
from geosites.presentation.text.alarm_text import kind_word
from geosites.settings import Settings

app = App("The alarms: subscribe, send, retry.")
subscribe_app = App("Send alarms to a webhook or a mailbox from now on.")
app.add_typer(subscribe_app, name="subscribe")

InHours = Annotated[
    str | None, typer.Option("--hours", help="Only between these hours, local time: 08:00-20:00.")
]
InLanguage = Annotated[Language, typer.Option("--language", help="Language of the messages.")]
Topics = Annotated[
    list[SubscriptionTopic] | None, typer.Option("--about", help="Topics; by default closures.")
]


@subscribe_app.command()
def webhook(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="http:// or https://; redirects are not followed.")
    ],
    secret_file: Annotated[Path, typer.Option(help="File with the key that signs each message.")],
    hours: InHours = None,
    language: InLanguage = Language.FRENCH,
    about: Topics = None,
) -> None:
    """Subscribe a webhook. Messages are signed; the key is read from its file at each delivery."""
    read_secret(secret_file)
    _subscribe(
        Subscription(
            id=uuid4(),
            channel=Channel.WEBHOOK,
            address=url,
            secret_file=secret_file.absolute(),
            language=language,
            hours=Hours.parse(hours) if hours else None,
            about=frozenset(about or [SubscriptionTopic.CLOSURES]),
        )
    )


@subscribe_app.command()
def email(
    address: Annotated[str, typer.Argument(help="The mailbox of a service, not of a person.")],
    hours: InHours = None,
    language: InLanguage = Language.FRENCH,
    about: Topics = None,
) -> None:
    """Subscribe a mailbox, through the mail server of the settings."""
    _subscribe(
        Subscription(
            id=uuid4(),
            channel=Channel.EMAIL,
            address=address,
            language=language,
            hours=Hours.parse(hours) if hours else None,
            about=frozenset(about or [SubscriptionTopic.CLOSURES]),
        )
    )


def _subscribe(subscription: Subscription) -> None:
    with open_store(Settings()) as store, store.begin() as conn:
        alarm_outbox.subscribe(conn, subscription, dt.datetime.now(dt.UTC))
    answers.print(str(subscription.id))


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the subscriptions."""
    with open_store(Settings()) as store, store.begin() as conn:
        rows = [
            _subscription_row(subscription) for subscription in alarm_outbox.subscriptions(conn)
        ]
    if as_json:
        print_json({"subscriptions": rows})
        return
    if not rows:
        remarks.print(say("No subscription."))
    for row in rows:
        hours = f", {row['hours']}" if row["hours"] else ""
        channel = _channel_word(row["channel"])
        answers.print(f"{row['id']}  {channel}  {row['address']}{hours}", markup=False)


@app.command()
def unsubscribe(subscription: Annotated[UUID, typer.Argument(help="Its id.")]) -> None:
    """End a subscription; its pending messages are given up."""
    with open_store(Settings()) as store, store.begin() as conn:
        dropped = alarm_outbox.unsubscribe(conn, subscription, dt.datetime.now(dt.UTC))
    message = say_many(
        "Subscription ended; %(count)s pending message was given up.",
        "Subscription ended; %(count)s pending messages were given up.",
        dropped,
    )
    remarks.print(message, markup=False)


@app.command()
def send(
    now: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Time of the run; by default now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue alarms for what changed since the last run, and deliver what is due. For a timer."""
    settings, instant = Settings(), parse_instant(now) if now else dt.datetime.now(dt.UTC)
    with open_store(settings) as store, recorded(store, ServiceJob.ALARMS, translate):
        with store.begin() as conn:
            queued = look(conn, instant, settings.public_url)
        sent = deliver_due(store, _channels(settings, store), instant, random.SystemRandom())
    if as_json:
        print_json({"now": instant, "queued": queued, **sent.document()})
        return
    answers.print(_run_line(instant, queued, sent), markup=False)


@app.command()
def dead(as_json: AsJson = False) -> None:
    """List the messages that could not be delivered, and why."""
    with open_store(Settings()) as store, store.begin() as conn:
        rows = [_message_row(message) for message in alarm_outbox.messages(conn, MessageState.DEAD)]
    if as_json:
        print_json({"dead": rows})
        return
    if not rows:
        remarks.print(say("Every message was delivered or is still pending."))
    for row in rows:
        subject = f"{row['site'] or ''} {kind_word(words(), AlarmKind(row['kind']))}".strip()
        error = translate(row["last_error"] or "")
        answers.print(f"{row['id']}  {subject} → {row['address']}{say(': ')}{error}", markup=False)


@app.command()
def retry(
    messages: Annotated[
        list[UUID] | None, typer.Argument(help="Their ids; by default all.")
    ] = None,
) -> None:
    """Put undelivered messages back into the outbox, for the next run."""
    with open_store(Settings()) as store, store.begin() as conn:
        revived = alarm_outbox.revive(conn, dt.datetime.now(dt.UTC), messages or ())
    message = say_many(
        "%(count)s message will be sent again.", "%(count)s messages will be sent again.", revived
    )
    remarks.print(message, markup=False)


def _run_line(instant: dt.datetime, queued: int, sent: DeliveryCounts) -> str:
    parts = (
        say_many("%(count)s alarm queued", "%(count)s alarms queued", queued),
        say_many("%(count)s delivered", "%(count)s delivered", sent.delivered),
        say_many("%(count)s to be retried", "%(count)s to be retried", sent.to_try_again),
        say_many("%(count)s outside its hours", "%(count)s outside their hours", sent.held),
        say_many("%(count)s given up", "%(count)s given up", sent.dead),
    )
    return f"{words().instant(instant)}{say(': ')}{', '.join(parts)}."


def _channel_word(channel: str) -> str:
    return {Channel.WEBHOOK: say("webhook"), Channel.EMAIL: say("e-mail")}[Channel(channel)]


def _channels(settings: Settings, store: Store) -> dict[Channel, Deliver]:
    return {
        Channel.WEBHOOK: partial(by_webhook, own=own_webhooks(settings)),
        Channel.EMAIL: partial(by_mail_or_letter, mail_server(settings), store),
    }


def _subscription_row(subscription: Subscription) -> Mapping[str, Any]:
    return {
        "id": subscription.id,
        "channel": subscription.channel.value,
        "address": subscription.address,
        "account": subscription.account,
        "language": subscription.language,
        "hours": None if subscription.hours is None else str(subscription.hours),
        "about": sorted(subscription.about),
    }


def _message_row(message: Message) -> Mapping[str, Any]:
    return {
        "id": message.id,
        "site": message.site,
        "kind": message.kind.value,
        "changed_at": message.changed_at,
        "channel": message.subscription.channel.value,
        "address": message.subscription.address,
        "attempts": message.attempts,
        "last_error": message.last_error,
    }
