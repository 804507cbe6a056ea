"""What is told of care places and of what followed an event names no cause, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[2] / "src/geosites/presentation/locale/fr/LC_MESSAGES"
CARE = re.compile(
    r"\b(care|hours|admissions?|entries a|on foot|displac|moved?|moves|nearby|found again|"
    r"after the (operation|closure)|rest space|reception)\b",
    re.IGNORECASE,
)
"""English texts that speak of care, of ways to it, or of who stood where after an event."""

ENGLISH = re.compile(
    r"\b(caus(?:e|es|ed|ing) (?:by|the|a)|due to|led to|leads? people|thanks to|effect of|"
    r"as a result|resulted? in|drove|drives|pushed|attracts?|attracted|draws? people|"
    r"because of|owing to|impact of|consequence)\b",
    re.IGNORECASE,
)
FRENCH = re.compile(
    r"\b(caus(?:e|es|é|ée|ent) (?:par|de|des)|à cause d|dû à|due à|dus à|grâce à|en raison d|"
    r"par l’effet|effet d|a entraîné|entraîne|provoqu|suite à|a conduit|a poussé|attir|"
    r"conséquence|impact d)",
    re.IGNORECASE,
)


def texts() -> list[tuple[str, str]]:
    """Return the texts of the catalogue that speak of care or of moves: English and French."""
    with (CATALOGUE / "geosites.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    found = []
    for message in catalogue:
        both = zip(_each(message.id), _each(message.string), strict=False)
        found += [(english, french) for english, french in both if CARE.search(english)]
    return found


def _each(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


def test_texts_of_care_and_of_moves_name_no_cause() -> None:
    spoken = texts()
    assert len(spoken) > 60
    assert [one for one, _ in spoken if ENGLISH.search(one)] == []
    assert [other for _, other in spoken if FRENCH.search(other)] == []


@pytest.mark.parametrize(
    "text",
    [
        "People left because of the closure",
        "Opening the care place led to fewer people",
        "The care place attracts people",
        "A fall due to the operation",
    ],
)
def test_a_cause_is_found_in_english(text: str) -> None:
    assert ENGLISH.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "Une baisse due à l’opération",
        "Le lieu de soin attire des personnes",
        "La fermeture a entraîné un déplacement",
        "Grâce à l’ouverture du lieu de soin",
        "Suite à l’évacuation",
    ],
)
def test_a_cause_is_found_in_french(text: str) -> None:
    assert FRENCH.search(text)
