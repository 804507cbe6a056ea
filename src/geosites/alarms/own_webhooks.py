"""Webhooks that accounts register themselves: allowed hosts, and the signing secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from geosites.core.errors import Refused


@dataclass(frozen=True, kw_only=True)
class OwnWebhooks:
    """The hosts that an operator allows, each `host` or `host:port`, and the key of the service.

    The secret of a webhook is derived from the key, the account and the address, so that the
    database contains none, and it stays the same when hours or topics change.
    """

    hosts: frozenset[str]
    key: bytes = field(repr=False)

    def require_host(self, address: str) -> None:
        """Raise `Refused` where an address leads to a host that is not allowed."""
        parts = urlsplit(address)
        if parts.netloc.lower() not in self.hosts:
            raise Refused(
                "webhooks of accounts may not lead to %(host)s; allowed: %(hosts)s",
                host=parts.netloc,
                hosts=", ".join(sorted(self.hosts)),
            )

    def secret(self, account: str, address: str) -> bytes:
        """Return the secret, 32 bytes, that signs the messages to an address of an account."""
        subject = f"geosites webhook\0{account}\0{address}".encode()
        return hmac.new(self.key, subject, hashlib.sha256).digest()

    def written_secret(self, account: str, address: str) -> str:
        """Return that secret as libraries of Standard Webhooks read it."""
        return "whsec_" + base64.b64encode(self.secret(account, address)).decode()
