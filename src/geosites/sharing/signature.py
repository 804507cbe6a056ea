"""Signatures of responses: the service's key, over the request and the response.

The client sends a nonce, so that an old response cannot be replayed, whatever the clocks of the two
services say.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from geosites.journal.signed_notes import Signature, SigningKey, VerifierKey, decode, encode

NONCE, SIGNATURE = "Geosites-Nonce", "Geosites-Signature"
SHARED = frozenset({"/api/changes", "/api/closures"})
"""URL paths that services request from each other."""
_TAG = "geosites-share-1"
_FORM = re.compile(r"[A-Za-z0-9_-]{22,64}")
_KEY_ID = 4


def new_nonce() -> str:
    """Return a number used once."""
    return secrets.token_urlsafe(24)


def signed(key: SigningKey, nonce: str, target: str, body: bytes) -> str | None:
    """Return the signature header of a response; None for an invalid nonce.

    `target` is the requested path with its query string.
    """
    if not _FORM.fullmatch(nonce):
        return None
    return key.sign(_text(nonce, target, body)).rpartition(" ")[2]


def holds(key: VerifierKey, shown: str, nonce: str, target: str, body: bytes) -> bool:
    """Return whether an answer was signed by this key, for this question and no other."""
    try:
        raw = decode(shown)
    except ValueError:
        return False
    line = Signature(name=key.name, key_id=raw[:_KEY_ID], value=raw[_KEY_ID:], line="")
    return line.key_id == key.key_id and key.verifies(line, _text(nonce, target, body))


def _text(nonce: str, target: str, body: bytes) -> str:
    digest = encode(hashlib.sha256(body).digest())
    asked = base64.urlsafe_b64encode(target.encode()).decode()
    return f"{_TAG}\n{nonce}\n{asked}\n{digest}\n"
