"""Names of months in files, in English, French and German, whole or shortened."""

from __future__ import annotations

import unicodedata

_NAMES = (
    "jan january janv janvier januar",
    "feb february fev fevr fevrier februar",
    "mar march mars marz maerz mrz",
    "apr april avr avril",
    "may mai",
    "jun june juin juni",
    "jul july juil juillet juli",
    "aug august aou aout",
    "sep sept september septembre",
    "oct october octobre okt oktober",
    "nov november novembre",
    "dec december decembre dez dezember",
)
_NUMBERS = {word: number for number, words in enumerate(_NAMES, 1) for word in words.split()}


def month_number(name: str) -> int:
    """Return the number of a month by its name, 0 where it is none."""
    plain = unicodedata.normalize("NFKD", name.strip(" .").lower())
    return _NUMBERS.get("".join(letter for letter in plain if not unicodedata.combining(letter)), 0)
