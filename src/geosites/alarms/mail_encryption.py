"""SMTP transport encryption modes; a separate module so that reading settings stays cheap."""

from __future__ import annotations

from enum import StrEnum


class Encryption(StrEnum):
    """Encryption of the connection to the mail server."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
