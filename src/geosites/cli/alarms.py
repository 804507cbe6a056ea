"""`geosites alarms`: who is told when a closure gives way, and the sending itself."""

from __future__ import annotations

import datetime as dt
import random
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from geosites.alarms.delivery import Deliver, deliver_due
from geosites.alarms.detection import look
from geosites.alarms.mail import MailServer, by_mail
from geosites.alarms.webhooks import by_webhook, read_secret
from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.core.messages import About, Channel, Hours, Message, MessageState, Subscription
from geosites.db import outbox
from geosites.presentation.i18n import Language
from geosites.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Alarms when a closure gives way: whom, when, how.")
subscribe_app = typer.Typer(no_args_is_help=True, help="Tell a service from now on.")
app.add_typer(subscribe_app, name="subscribe")

InHours = Annotated[
    str | None, typer.Option("--hours", help="Only within these hours in Paris: 08:00-20:00.")
]
InLanguage = Annotated[Language, typer.Option("--language", help="fr or en.")]
OfThings = Annotated[
    list[About] | None, typer.Option("--about", help="By default closures; may be repeated.")
]


@subscribe_app.command()
def webhook(
    url: Annotated[str, typer.Argument(help="http:// or https://; redirects are not followed.")],
    secret_file: Annotated[Path, typer.Option(help="Holds what signs each message.")],
    hours: InHours = None,
    language: InLanguage = Language.FRENCH,
    about: OfThings = None,
) -> None:
    """Tell a webhook; each message is signed with the secret of a file, read when it is sent."""
    read_secret(secret_file)
    _subscribe(
        Subscription(
            id=uuid4(),
            channel=Channel.WEBHOOK,
            address=url,
            secret_file=secret_file.absolute(),
            language=language,
            hours=Hours.parse(hours) if hours else None,
            about=frozenset(about or [About.CLOSURES]),
        )
    )


@subscribe_app.command()
def email(
    address: Annotated[str, typer.Argument(help="The mailbox of a service, not of a person.")],
    hours: InHours = None,
    language: InLanguage = Language.FRENCH,
    about: OfThings = None,
) -> None:
    """Tell a mailbox, through the mail server of the settings."""
    _subscribe(
        Subscription(
            id=uuid4(),
            channel=Channel.EMAIL,
            address=address,
            language=language,
            hours=Hours.parse(hours) if hours else None,
            about=frozenset(about or [About.CLOSURES]),
        )
    )


def _subscribe(subscription: Subscription) -> None:
    with open_store(Settings()) as store, store.begin() as conn:
        outbox.subscribe(conn, subscription, dt.datetime.now(dt.UTC))
    answers.print(str(subscription.id))


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List who is told."""
    with open_store(Settings()) as store, store.begin() as conn:
        found = [_subscriber(one) for one in outbox.subscriptions(conn)]
    if as_json:
        print_json({"subscriptions": found})
        return
    for one in found:
        hours = f", {one['hours']}" if one["hours"] else ""
        answers.print(f"{one['id']}  {one['channel']}  {one['address']}{hours}", markup=False)


@app.command()
def unsubscribe(subscription: Annotated[UUID, typer.Argument(help="Its id.")]) -> None:
    """Tell a service no more; what was waiting for it is dead."""
    with open_store(Settings()) as store, store.begin() as conn:
        buried = outbox.unsubscribe(conn, subscription, dt.datetime.now(dt.UTC))
    said = say("Unsubscribed; messages given up with it: %(count)s.", count=buried)
    remarks.print(said)


@app.command()
def send(
    now: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look for closures that gave way since the last time, and send what is due. For a timer."""
    settings, instant = Settings(), parse_instant(now) if now else dt.datetime.now(dt.UTC)
    with open_store(settings) as store:
        with store.begin() as conn:
            queued = look(conn, instant, settings.public_url)
        sent = deliver_due(store, _channels(settings), instant, random.SystemRandom())
    document = {"now": instant, "queued": queued, **sent.document()}
    if as_json:
        print_json(document)
        return
    said = ", ".join(f"{name.replace('_', ' ')}: {document[name]}" for name in document)
    answers.print(said, markup=False)


@app.command()
def dead(as_json: AsJson = False) -> None:
    """List the messages that were given up, and why."""
    with open_store(Settings()) as store, store.begin() as conn:
        found = [_letter(one) for one in outbox.messages(conn, MessageState.DEAD)]
    if as_json:
        print_json({"dead": found})
        return
    for one in found:
        what = f"{one['site'] or ''} {one['kind']}".strip()
        answers.print(
            f"{one['id']}  {what} → {one['address']}: {one['last_error']}",
            markup=False,
        )


@app.command()
def retry(
    messages: Annotated[list[UUID] | None, typer.Argument(help="Ids; by default all.")] = None,
) -> None:
    """Let messages that were given up be tried again at the next sending."""
    with open_store(Settings()) as store, store.begin() as conn:
        revived = outbox.revive(conn, dt.datetime.now(dt.UTC), messages or ())
    remarks.print(say("Messages to be tried again: %(count)s.", count=revived))


def _channels(settings: Settings) -> dict[Channel, Deliver]:
    return {
        Channel.WEBHOOK: by_webhook,
        Channel.EMAIL: partial(by_mail, _mail_server(settings)),
    }


def _mail_server(settings: Settings) -> MailServer | None:
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        encryption=settings.smtp_encryption,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
    )


def _subscriber(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "channel": one.channel.value,
        "address": one.address,
        "language": one.language,
        "hours": None if one.hours is None else str(one.hours),
        "about": sorted(one.about),
    }


def _letter(one: Message) -> dict[str, Any]:
    return {
        "id": one.id,
        "site": one.site,
        "kind": one.kind.value,
        "changed_at": one.changed_at,
        "channel": one.subscription.channel.value,
        "address": one.subscription.address,
        "attempts": one.attempts,
        "last_error": one.last_error,
    }
