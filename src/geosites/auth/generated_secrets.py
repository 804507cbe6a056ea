"""Random secrets (tokens, codes): shown once, stored as a hash only."""

from __future__ import annotations

import hashlib
import secrets

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Alphabet without letters and digits that look similar."""


def new_secret() -> str:
    """Return 256 random bits, as text that fits into a header."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """Return the stored hash of a secret, which is long enough for a plain hash to be safe."""
    return hashlib.sha256(secret.encode()).digest()


def new_password() -> str:
    """Return a password of 99 bits to be read aloud and typed once."""
    return "-".join(readable_group(5) for _ in range(4))


def readable_group(length: int) -> str:
    """Return random letters and digits, to be read aloud and typed."""
    return "".join(secrets.choice(_READABLE) for _ in range(length))
