"""Log leaves: a journal entry as one line of JSON.

A leaf has at most `MOST` bytes, so that a proof stays small: where it would be longer, its longest
texts are replaced by their SHA-256. The salt prevents those who hold a proof, and with it the
hashes of neighbouring entries, from guessing the contents of those entries. What retention erased
cannot be guessed either.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json

from geosites.db.journal_entries import Entry
from geosites.journal.signed_notes import encode

MOST = 512
_TEXTS = ("kind", "actor", "role", "unit", "channel", "motive", "what", "refs", "recipient")
_MARK = "sha256:"


def leaf_of(entry: Entry, secret: bytes) -> bytes:
    """Return the leaf of an entry; the salts are derived from `secret`."""
    place = f"{entry.chain}:{entry.seq}"
    salt = hmac.digest(secret, place.encode(), hashlib.sha256)[:16]
    texts = {name: value for name in _TEXTS if (value := getattr(entry, name)) is not None}
    at = entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    leaf = _line(place, at, texts, salt)
    while len(leaf) > MOST and (longest := _longest(texts)):
        digest = hashlib.sha256(texts[longest].encode()).digest()
        texts[longest] = _MARK + encode(digest)
        leaf = _line(place, at, texts, salt)
    return leaf


def _longest(texts: dict[str, str]) -> str | None:
    """Return which text gains most by its digest, or None where none gains anything."""
    sizes = {name: len(json.dumps(value)) for name, value in texts.items()}
    longest = max(sizes, key=lambda name: sizes[name])
    return longest if sizes[longest] > len(_MARK) + 46 else None


def _line(place: str, at: str, texts: dict[str, str], salt: bytes) -> bytes:
    document = {"entry": place, "at": at, **texts, "salt": encode(salt).rstrip("=")}
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
