"""Texts without the typography of French: tests compare what is said and not how it is set."""

from __future__ import annotations

_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2019": "'"})


def plain(text: str) -> str:
    """Return a text with ordinary spaces and straight apostrophes."""
    return text.translate(_PLAIN)
