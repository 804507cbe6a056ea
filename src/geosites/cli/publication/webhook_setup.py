"""The webhooks that accounts may point at hosts of their own, by the settings."""

from __future__ import annotations

from geosites.alarms.own_webhooks import OwnWebhooks
from geosites.settings import Settings
from geosites.settings.cross_checks import listed


def own_webhooks(settings: Settings) -> OwnWebhooks | None:
    """Return what holds for webhooks of accounts; None where they may enter none."""
    if settings.webhook_hosts is None or settings.webhook_key is None:
        return None
    hosts = frozenset(host.lower() for host in listed(settings.webhook_hosts))
    return OwnWebhooks(hosts=hosts, key=settings.webhook_key.get_secret_value().encode())
