"""Texts of tests that tell of nobody, whatever field they are put into."""

from __future__ import annotations

from geosites.validation.free_text.notes import TextKind, reason_against


def impersonal(text: str) -> bool:
    """Return whether no kind of field refuses a text for telling of a person."""
    return all(reason_against(text, kind) is None for kind in TextKind)
