"""Internationalisation: French and English (gettext).

Texts are written in English in the code and read in French from `locale/fr/LC_MESSAGES/geosites.po`
when first needed; there is no compiled catalogue.

French typography: typographic apostrophes, a narrow no-break space (U+202F) before `; ! ? »` and
after `«`, a no-break space (U+00A0) before a colon. The catalogue contains these characters.
"""

from __future__ import annotations

import gettext
import io
import re
from enum import StrEnum
from functools import cache
from importlib.resources import files

from babel import Locale, localedata
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from geosites.core import city


class Language(StrEnum):
    """A language of pages, sentences and numbers, with its catalogue.

    Each has its code, the region of its date and number formats, its own name, and its notation of
    the first of a month and a time of day.
    """

    territory: str
    own_name: str
    first_of_month: str
    clock: str

    def __new__(
        cls,
        code: str,
        territory: str = "",
        own_name: str = "",
        first_of_month: str = "1",
        clock: str = "{0:%H:%M}",
    ) -> Language:
        """Return the language of a code, such as `fr`."""
        made = str.__new__(cls, code)
        made._value_, made.territory, made.own_name = code, territory, own_name
        made.first_of_month, made.clock = first_of_month, clock
        return made

    FRENCH = ("fr", "FR", "Français", "1er", "{0.hour}\u00a0h\u00a0{0.minute:02d}")
    ENGLISH = ("en", "GB", "English", "1", "{0:%H:%M}")

    @property
    def locale(self) -> Locale:
        """How dates and numbers are written there."""
        return Locale(self.value, self.territory)


_WEIGHTED = re.compile(r"\s*([a-zA-Z-]+|\*)(?:\s*;\s*q=([0-9.]{1,5}))?\s*")


@cache
def texts(language: Language) -> gettext.NullTranslations:
    """Return the texts of a language; English texts are in the code."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    path = files(__package__) / "locale" / language / "LC_MESSAGES" / "geosites.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language.value))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_all() -> None:
    """Preload the texts of every language, and its date and number formats, 4 MB in total."""
    for language in Language:
        texts(language)
        localedata.load(str(language.locale))


def own_language() -> Language:
    """Return the language of the city, or English where there is no catalogue of it."""
    known = {language.value: language for language in Language}
    spoken = (known[code] for code in city.current().languages if code in known)
    return next(spoken, Language.ENGLISH)


def negotiate(asked: str | None, accepted: str | None) -> Language:
    """Return the language requested by name, or else the preferred one of an Accept-Language.

    Unknown languages are ignored; the default is the city's own language.
    """
    known = {language.value: language for language in Language}
    if asked in known:
        return known[asked]
    wishes = [_wish(part) for part in (accepted or "").split(",")[:20]]
    fitting = [(weight, -place) for place, (name, weight) in enumerate(wishes) if name in known]
    if not fitting or max(fitting)[0] <= 0:
        return own_language()
    return known[wishes[-max(fitting)[1]][0]]


def _wish(part: str) -> tuple[str, float]:
    match = _WEIGHTED.fullmatch(part)
    if match is None:
        return "", 0.0
    try:
        weight = float(match[2] or 1)
    except ValueError:
        return "", 0.0
    return match[1].split("-")[0].lower(), weight
