"""Canonical serialisation of a bulletin's content, and its parsing.

Its SHA-256 is printed on every bulletin made from it. Numbers keep six decimals, so that the last
bits of a calculation do not count as a change.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import cast

from geosites.core.documents.bulletins import BulletinDocument

Content = BulletinDocument

DECIMALS = 6
_INSTANTS = frozenset(
    {
        "as_known_at",
        "as_of",
        "at",
        "start",
        "end",
        "closed_since",
        "closed_until",
        "last_visit_at",
        "last_positive_at",
        "last_at",
        "next_visit_due",
        "lapses_at",
    }
)
_STREETS = frozenset({"streets", "whereabouts", "territory_name", "label"})
_NO_FACTS = frozenset({"as_known_at", "figures", "revisions", "supersedes"})


def canonical(content: object) -> str:
    """Return a document as JSON with sorted keys and no spaces; instants in UTC, ISO 8601.

    Raises `ValueError` for a number that is not finite.
    """
    plain = _plain(content)
    return json.dumps(
        plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )


def read(text: str) -> BulletinDocument:
    """Return the document that `canonical` wrote, its instants as aware datetimes."""
    return cast("BulletinDocument", json.loads(text, object_hook=_with_instants))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def facts(content: Content) -> str:
    """Return the content of a bulletin about its own week, as text for comparison.

    Left out: the instant of knowledge, other weeks, its own earlier revisions, and streets and
    names beside codes, which only name the same places differently.
    """
    return canonical(_without(content, _NO_FACTS | _STREETS))


def _without(value: object, names: frozenset[str]) -> object:
    """Return a document without some fields, however deep; `names` at its top and below."""
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if key not in names}
        return {key: _without(item, _STREETS) for key, item in kept.items()}
    return [_without(item, _STREETS) for item in value] if isinstance(value, list) else value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return round(value, DECIMALS) + 0.0 if isinstance(value, float) else value


def _with_instants(found: dict[str, object]) -> dict[str, object]:
    return {key: _instant(key, value) for key, value in found.items()}


def _instant(key: str, value: object) -> object:
    known = key in _INSTANTS and isinstance(value, str)
    return dt.datetime.fromisoformat(str(value)) if known else value
