"""How mail is encrypted on its way; apart, so that reading the settings is light."""

from __future__ import annotations

from enum import StrEnum


class Encryption(StrEnum):
    """How the connection to the mail server is kept private."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
