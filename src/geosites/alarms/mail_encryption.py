"""SMTP transport encryption modes; a separate module so that reading settings stays cheap."""

from __future__ import annotations

from enum import StrEnum


class Encryption(StrEnum):
    """How the connection to the mail server is kept private."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
