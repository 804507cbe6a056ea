"""Language of the command line: that of the service, read without the other settings."""

from __future__ import annotations

import os

from geosites.core.errors import Phrase
from geosites.presentation.i18n import Language, own_language, texts

VARIABLE = "GEOSITES_LANGUAGE"


def language() -> Language:
    """Return the language of `GEOSITES_LANGUAGE`, or the city's where it names none.

    The name of the variable is read in any case, as pydantic-settings does.
    """
    values = {name.upper(): value for name, value in os.environ.items()}
    try:
        return Language(values[VARIABLE])
    except (KeyError, ValueError):
        return own_language()


def translate(text: str) -> str:
    """Return a text of the catalogue, or a phrase with its values, in that language."""
    if not isinstance(text, Phrase):
        return texts(language()).gettext(text) if text else ""
    from geosites.presentation.formatting import Words

    return Words(language()).retold(text)


def say(text: str, **values: object) -> str:
    """Return a text in that language, its places filled."""
    translation = texts(language()).gettext(text)
    if ")r" in translation:  # in the quotes of that language
        from geosites.presentation.formatting import Words

        return Words(language()).say(text, **values)
    return translation % values if values else translation


def say_many(one: str, many: str, count: int, **values: object) -> str:
    """Return a text in the singular or the plural; `%(count)s` is the number as written there."""
    from geosites.presentation.formatting import Words

    return Words(language()).say_many(one, many, count, **values)
