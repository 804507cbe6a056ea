"""Normalise street names of registers: capitals and abbreviations to readable names."""

from __future__ import annotations

import re

_WHOLE = {
    "r": "Rue", "av": "Avenue", "ave": "Avenue", "bd": "Boulevard", "bld": "Boulevard",
    "pl": "Place", "imp": "Impasse", "all": "Allée", "sq": "Square", "pas": "Passage",
    "pass": "Passage", "psg": "Passage", "ch": "Chemin", "che": "Chemin", "chem": "Chemin",
    "rte": "Route", "crs": "Cours", "qu": "Quai", "q": "Quai", "fg": "Faubourg",
    "res": "Résidence", "rpt": "Rond-Point", "lot": "Lotissement", "esp": "Esplanade",
    "prom": "Promenade", "car": "Carrefour", "carr": "Carrefour", "ham": "Hameau", "pte": "Porte",
    "vla": "Villa", "trav": "Traverse", "gal": "Général", "gen": "Général", "mal": "Maréchal",
    "pdt": "Président", "cdt": "Commandant", "col": "Colonel", "dr": "Docteur", "st": "Saint",
    "ste": "Sainte", "prof": "Professeur",
}  # fmt: skip
_FIRST_ONLY = frozenset(("r", "q", "ch", "all", "car", "ham", "pas", "res", "lot", "pass"))
"""Abbreviated street types; elsewhere in a name they may be letters or words."""

_SMALL = frozenset(
    ("de", "du", "des", "la", "le", "les", "à", "a", "au", "aux", "et", "en", "sur", "sous")
)
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")
_ELIDED = re.compile(r"\b([ldLD]) (?=[aeiouyhéèêâîôAEIOUYHÉÈÊÂÎÔ])")


def readable(text: str) -> str:
    """Return a name in capitals written out, any other unchanged.

    `R DE L EVANGILE` becomes `Rue de l'Evangile`: missing accents are not restored.
    """
    bare = " ".join(text.split())
    if bare != bare.upper() or not any(map(str.isalpha, bare)):
        return bare
    words = _ELIDED.sub(r"\1'", bare).lower().split()
    return " ".join(_word(word, first=not place) for place, word in enumerate(words))


def _word(word: str, *, first: bool) -> str:
    if word in _WHOLE and (first or word not in _FIRST_ONLY):
        return _WHOLE[word]
    if word in _SMALL and not first:
        return word
    article, apostrophe, rest = word.partition("'")
    if apostrophe and article in ("l", "d"):
        return f"{article if not first else article.upper()}'{_capital(rest)}"
    return word.upper() if _ROMAN.fullmatch(word) else _capital(word)


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
