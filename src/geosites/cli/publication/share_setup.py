"""The signing key for responses to other services, stored beside the store."""

from __future__ import annotations

from geosites.journal.log import kept_key, made_up
from geosites.journal.signed_notes import LOG, SigningKey
from geosites.settings import Settings


def share_key(settings: Settings) -> SigningKey:
    """Return the key, which is created on first use."""
    file = settings.home.absolute() / "share" / "share.key"
    return kept_key(file, LOG, settings.public_name("share") or made_up("share"))
