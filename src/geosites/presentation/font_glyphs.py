"""Glyph coverage of the print font; any other character would be drawn as a box."""

from __future__ import annotations

from functools import cache

from matplotlib import font_manager, ft2font

_BOX = "\u25a1"
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], _BOX)
_ENDING_LINES = dict.fromkeys([0x2028, 0x2029], " ")
"""Of these, fonts hold signs that readers of a PDF cannot turn back into text."""


def printable(text: str) -> str:
    """Return a text with a box for each character that the font does not have."""
    known = _characters()
    return "".join(char if ord(char) in known else _BOX for char in text)


def steady(text: str) -> str:
    """Return a text with a box for each bidirectional control character.

    Line and paragraph separators become spaces.
    """
    return text.translate(_TURNING | _ENDING_LINES)


@cache
def _characters() -> frozenset[int]:
    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())
