"""First names that are common around Paris, from `first_names.txt`."""

from __future__ import annotations

from importlib.resources import files

_ALSO_A_WORD = " *"


def _lines() -> list[str]:
    text = (files(__package__) / "first_names.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


_LINES = _lines()

FIRST_NAMES = frozenset(line.removesuffix(_ALSO_A_WORD) for line in _LINES)
"""In small letters; with and without accents."""

WORDS_TOO = frozenset(line.removesuffix(_ALSO_A_WORD) for line in _LINES if _ALSO_A_WORD in line)
"""First names that are also words or beginnings of words: in lower case they are not considered
names.
"""
