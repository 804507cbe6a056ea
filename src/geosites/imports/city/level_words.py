"""Names of territory levels, from the names of files, layers and fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

DISTRICT = "district"
"""Default word for territories."""

Words = Mapping[str, Sequence[str]]


class LevelWord(NamedTuple):
    """One territory and several: in English, and in French where that has words of its own."""

    one: str
    several: str
    french: tuple[str, str] | None = None

    @property
    def words(self) -> dict[str, list[str]]:
        """Singular and plural, by language, as in `city.toml`."""
        own = [self.one, self.several]
        return {"en": own, "fr": list(self.french or own)}


_ALL = (
    LevelWord("council district", "council districts", ("district", "districts")),
    LevelWord("police district", "police districts", ("district", "districts")),
    LevelWord("neighborhood", "neighborhoods", ("quartier", "quartiers")),
    LevelWord("neighbourhood", "neighbourhoods", ("quartier", "quartiers")),
    LevelWord("ward", "wards", ("circonscription", "circonscriptions")),
    LevelWord("borough", "boroughs"),
    LevelWord("precinct", "precincts"),
    LevelWord("commune", "communes"),
    LevelWord("Quartier", "Quartiere"),
    LevelWord("quartier", "quartiers"),
    LevelWord("Stadtteil", "Stadtteile"),
    LevelWord("Stadtbezirk", "Stadtbezirke"),
    LevelWord("Stadtkreis", "Stadtkreise"),
    LevelWord("Ortsteil", "Ortsteile"),
    LevelWord("Bezirk", "Bezirke"),
    LevelWord("barrio", "barrios"),
    LevelWord("distrito", "distritos"),
    LevelWord("bairro", "bairros"),
    LevelWord("freguesia", "freguesias"),
    LevelWord("rione", "rioni"),
    LevelWord("municipio", "municipi"),
    LevelWord("wijk", "wijken"),
    LevelWord("buurt", "buurten"),
    LevelWord("deelgemeente", "deelgemeenten"),
    LevelWord("stadsdel", "stadsdelar"),
    LevelWord("bydel", "bydeler"),
    LevelWord(DISTRICT, "districts", ("secteur", "secteurs")),
)
_PART = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")


def words_of(level: str) -> dict[str, list[str]]:
    """Return what territories of a level are called, by language; nothing for a word unknown."""
    return next((dict(word.words) for word in _ALL if word.one == level), {})


def word_in(texts: Sequence[str]) -> str | None:
    """Return the word for territories from the first text that contains one, or None."""
    for text in texts:
        said = list(_said(text))
        for word in _ALL:
            if any(_holds(said, form.lower().split()) for form in (word.one, word.several)):
                return word.one
    return None


def _said(text: str) -> Iterator[str]:
    """Yield the words of a name: `City_Council_Districts` and `CouncilDistricts` have two each."""
    for part in _PART.findall(text):
        yield from _JOINT.sub(" ", part).lower().split()


def _holds(said: Sequence[str], form: Sequence[str]) -> bool:
    size = len(form)
    return any(list(said[at : at + size]) == list(form) for at in range(len(said) - size + 1))
