"""What tests of alarms do: subscribe, look, deliver, on the days of the exercise that matter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from alarms.servers import Mailbox, Receiver
from geosites.alarms import change_detection
from geosites.alarms.delivery import deliver_due
from geosites.alarms.mail_encryption import Encryption
from geosites.alarms.smtp import MailServer, by_mail
from geosites.alarms.webhooks import by_webhook
from geosites.core.alarm_messages import Channel, Subscription
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.exercise import DAYS_THAT_MATTER

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
CONFIRMED = DAYS_THAT_MATTER["confirmed"][1]
LAPSED = DAYS_THAT_MATTER["lapsed after three weeks of silence"][1]
CLEAN = DAYS_THAT_MATTER["clean"][1]
REOPENED = DAYS_THAT_MATTER["reopened"][1]


def webhook(receiver: Receiver, secret_file: Path, **changes: object) -> Subscription:
    one = Subscription(
        id=uuid.uuid4(),
        channel=Channel.WEBHOOK,
        address=f"{receiver.url}/alarms",
        secret_file=secret_file,
    )
    return dataclasses.replace(one, **changes)


def subscribed(store: Store, subscription: Subscription) -> Subscription:
    with store.begin() as conn:
        alarm_outbox.subscribe(conn, subscription, CONFIRMED - DAY)
    return subscription


def look(store: Store, at: dt.datetime) -> int:
    with store.begin() as conn:
        return change_detection.look(conn, at)


def deliver(store: Store, at: dt.datetime, box: Mailbox | None = None) -> Mapping[str, int]:
    server = box and MailServer(
        host=box.host, port=box.port, encryption=Encryption.NONE, sender="geosites@localhost"
    )
    channels = {Channel.WEBHOOK: by_webhook, Channel.EMAIL: partial(by_mail, server)}
    sent = deliver_due(store, channels, at, random.Random(5))
    return {name: count for name, count in sent.document().items() if count}
