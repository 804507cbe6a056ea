"""Which language a reader gets, and that no text of it is missing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import geosites
from command_help import help_texts
from geosites.core import errors
from geosites.presentation.i18n import Language, negotiate

SOURCE = Path(geosites.__file__).parent
CATALOGUE = SOURCE / "presentation" / "locale" / "fr" / "LC_MESSAGES" / "geosites.po"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"jinja2": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true"}}
ERRORS = [name for name, kind in vars(errors).items() if isinstance(kind, type)]
KEYWORDS = {
    "say": None,
    "say_many": (1, 2),
    "linked": None,
    "_": None,
    "phrase": None,
    **dict.fromkeys(ERRORS, (1,)),
}


def texts_in_the_code() -> Iterator[str | tuple[str, ...]]:
    found = extract_from_dir(
        str(SOURCE), METHODS, {"**/templates/**.html": OPTIONS["jinja2"]}, KEYWORDS
    )
    yield from (message for _, _, message, _, _ in found)
    yield from (text for text in help_texts() if text)


def test_every_text_is_there_in_french() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    missing = []
    for text in texts_in_the_code():
        entry = catalogue.get(text if isinstance(text, str) else text[0])
        said = entry.string if entry else ""
        if not (said and all(said if isinstance(said, tuple) else (said,))):
            missing.append(text)
    assert missing == []


def test_no_text_of_the_catalogue_is_left_over() -> None:
    with CATALOGUE.open("rb") as file:
        known = {message.id for message in read_po(file, locale="fr") if message.id}
    assert known - set(texts_in_the_code()) == set()


def french() -> Iterator[str]:
    """Yield every French text; what stands between backticks is code and left out."""
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="fr"):
            if message.id:
                said = message.string
                yield from (re.sub("`[^`]*`", "``", one) for one in _forms(said))


def _forms(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.mark.parametrize(
    ("wrong", "example"),
    [
        ("'", "l'accès"),
        ("(?<!\u202f)[;!?»]", "le lieu ; la nuit"),
        ("«(?!\u202f)", "« le lieu"),
        (r"[ \u202f]:", "le lieu : la nuit"),
        (r"(?<!\u00a0):(?=\s|$)", "le lieu: la nuit"),
    ],
    ids=["apostrophe", "before double punctuation", "guillemet", "before a colon", "no space"],
)
def test_french_is_set_as_the_printers_do(wrong: str, example: str) -> None:
    """Check apostrophes, and no-break spaces: narrow before ; ! ? », wide before a colon."""
    assert re.search(wrong, example)
    assert [said for said in french() if re.search(wrong, said)] == []


def test_the_french_is_filled_in_with_what_the_english_is() -> None:
    """A text filled in where nothing is given would show `%(count)s` to its reader."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="fr") if message.id]
    filled = re.compile(r"%\((\w+)\)")
    for message in messages:
        given = {name for one in _forms(message.id) for name in filled.findall(one)}
        for said in _forms(message.string):
            assert set(filled.findall(said)) <= given, said


def test_the_catalogue_is_kept_as_babel_writes_it() -> None:
    kept = CATALOGUE.read_bytes()
    written = io.BytesIO()
    write_po(written, read_po(io.BytesIO(kept), locale="fr"), width=0, sort_output=True)
    assert written.getvalue() == kept


def test_french_texts_fill_the_same_places() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    assert [error for message in catalogue for error in message.check(catalogue)] == []


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, Language.FRENCH),
        (None, "eo, tlh;q=0.8", Language.FRENCH),
        (None, "en-GB,en;q=0.9,fr;q=0.8", Language.ENGLISH),
        (None, "fr;q=0.9, en;q=0.8", Language.FRENCH),
        (None, "en;q=0", Language.FRENCH),
        (None, "en;q=zero, ;;;,", Language.FRENCH),
        ("en", "fr", Language.ENGLISH),
        ("fr", "en", Language.FRENCH),
        ("../../etc", "en", Language.ENGLISH),
    ],
)
def test_a_language_is_asked_for_then_liked_then_french(
    asked: str | None, accepted: str | None, language: Language
) -> None:
    assert negotiate(asked, accepted) is language
