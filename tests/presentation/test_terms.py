"""One word for one thing: what `docs/terms.md` says not to write stands in no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from screenshots.docs_tables import ROOT, table

CATALOGUE = ROOT / "src/geosites/presentation/locale/fr/LC_MESSAGES/geosites.po"
FEWEST = 3000
UNIT = re.compile(r"(?:\)[sg]|\.0f|\d) (?:m|km|ha|Mo|km²|km/h|s|h|px)(?![\w’])")
"""A number or a named place, a plain space, and a unit."""


def texts(path: Path = CATALOGUE) -> Iterator[tuple[str, str]]:
    """Yield each text of the catalogue, in English and in French, of each number."""
    with path.open("rb") as file:
        for message in read_po(file, locale="fr"):
            if not message.id:
                continue
            both = zip(_all(message.id), _all(message.string), strict=False)
            yield from both


def _all(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def unwanted() -> list[str]:
    """Return the words that the table of terms says not to write."""
    cells = [row[-1] for row in table("docs/terms.md", "English | French")]
    return [word.strip() for cell in cells for word in cell.split(",") if word.strip()]


def test_the_catalogue_and_the_terms_are_read() -> None:
    assert len(list(texts())) > FEWEST
    assert "tournée" in unwanted()


@pytest.mark.parametrize("word", unwanted())
def test_no_text_has_another_word_for_one_thing(word: str) -> None:
    wanted = re.compile(rf"(?<!\w){re.escape(word)}s?(?!\w)", re.IGNORECASE)
    assert wanted.search(f"les {word}s")
    assert [one for pair in texts() for one in pair if wanted.search(one)] == []


def test_no_line_breaks_between_a_number_and_its_unit() -> None:
    assert UNIT.search("à 100 m près")
    assert not UNIT.search("à 100\u00a0m près")
    assert [french for _, french in texts() if UNIT.search(french)] == []
