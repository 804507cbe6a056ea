"""Alarms: who is told when a closure gives way, and how the message gets there."""

from geosites.alarms.delivery import Deliver, Sent, deliver_due
from geosites.alarms.looking import look
from geosites.alarms.mail import Encryption, MailServer, by_mail
from geosites.alarms.webhooks import by_webhook, read_secret, signature

__all__ = [
    "Deliver",
    "Encryption",
    "MailServer",
    "Sent",
    "by_mail",
    "by_webhook",
    "deliver_due",
    "look",
    "read_secret",
    "signature",
]
