"""Month names in English, French, German, Dutch, Spanish and Italian."""

from __future__ import annotations

import unicodedata

_NAMES = (
    "jan january janv janvier januar janner jaenner ene enero januari gen gennaio",
    "feb february fev fevr fevrier februar feber febrero februari febbraio",
    "mar march mars marz maerz mrz marzo maart mrt",
    "apr april avr avril abr abril aprile",
    "may mai mayo mei mag maggio",
    "jun june juin juni junio giu giugno",
    "jul july juil juillet juli julio lug luglio",
    "aug august aou aout ago agosto augustus",
    "sep sept september septembre septiembre setiembre set sett settembre",
    "oct october octobre okt oktober octubre ott ottobre",
    "nov november novembre noviembre",
    "dec december decembre dez dezember dic diciembre dicembre",
)
_NUMBERS = {word: number for number, words in enumerate(_NAMES, 1) for word in words.split()}


def month_number(name: str) -> int:
    """Return the number of a month by its name, 0 where it is none."""
    plain = unicodedata.normalize("NFKD", name.strip(" .").lower())
    return _NUMBERS.get("".join(letter for letter in plain if not unicodedata.combining(letter)), 0)
