"""Name search as people type: without accents or articles, abbreviated, unfinished."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geosites.analysis.name_typos import Vocabulary

SHORT = {
    "bd": "boulevard", "bvd": "boulevard", "boulv": "boulevard",
    "bld": "boulevard", "blvd": "boulevard", "boul": "boulevard",
    "av": "avenue", "ave": "avenue", "r": "rue", "pl": "place", "q": "quai", "qu": "quai",
    "fg": "faubourg", "fbg": "faubourg", "fb": "faubourg", "st": "saint", "ste": "sainte",
    "sq": "square", "imp": "impasse", "all": "allee", "pass": "passage", "psg": "passage",
    "ch": "chemin", "che": "chemin", "rte": "route", "gal": "general", "gen": "general",
    "mal": "marechal", "pdt": "president", "dr": "docteur", "pte": "porte", "arr": "arrondissement",
}  # fmt: skip
"""Abbreviations by word."""

_ARTICLES = frozenset(("de", "du", "des", "la", "le", "les", "l", "d", "et", "a", "au", "aux"))
_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"(\d+)(bis|ter|quater|[a-z])?")
_SUFFIXES = {"b": "bis", "t": "ter", "q": "quater", "bis": "bis", "ter": "ter", "quater": "quater"}
MOST_RANKED = 200
"""Above this number, names are ranked only by their kind and length."""

MOST_TYPED = 80


def folded(text: str) -> list[str]:
    """Return the words of a name or a query: plain letters, abbreviations written out, no articles.

    An article is kept if it is the only word: `La` finds names that begin with it.
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    every = [SHORT.get(word, word) for word in _WORD.findall(bare)]
    return [word for word in every if word not in _ARTICLES] or every


def split_number(words: Sequence[str]) -> tuple[int | None, str, list[str]]:
    """Return a house number before or after its street, its suffix, and the words of the street.

    None and all words if there is no number, or no street would be left: `8 mai 1945` is a street.
    """
    front, back = list(words), list(words)
    before = house_number(front.pop(0)) if front else None
    after_front = _SUFFIXES.get(front[0]) if front and before and not before[1] else None
    if after_front:
        del front[0]
    if before and len(front) > 1:
        return before[0], before[1] or after_front or "", front
    last = _SUFFIXES.get(back[-1]) if back else None
    if last:
        del back[-1]
    after = house_number(back.pop()) if back else None
    if after and len(back) > 1:
        return after[0], last or after[1], back
    return None, "", list(words)


def house_number(word: str) -> tuple[int, str] | None:
    """Return a house number and its suffix (`18b` is 18 bis), or None."""
    found = _NUMBER.fullmatch(word)
    if found is None or len(found[1]) > 5:
        return None
    suffix = found[2] or ""
    return int(found[1]), _SUFFIXES.get(suffix, suffix)


def suffix_of(text: str) -> str:
    """Return the suffix of a house number as it is stored: `b` and `BIS` are `bis`."""
    bare = "".join(_WORD.findall(text.lower()))
    return _SUFFIXES.get(bare, bare)


class Holders(NamedTuple):
    """Words in order; the names with word k are at `places[begins[k]:begins[k + 1]]`."""

    words: list[str]
    begins: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class NameIndex:
    """Index of names by their words; `weight` (n,) ranks the kinds, the lowest first."""

    names: Sequence[str]
    weight: Sequence[int]

    @cached_property
    def _words(self) -> list[list[str]]:
        return [folded(name) for name in self.names]

    @cached_property
    def _order(self) -> list[int]:
        """The numbers of the names in default order."""
        rank = [
            (weight, len(words), name)
            for weight, words, name in zip(self.weight, self._words, self.names, strict=True)
        ]
        return sorted(range(len(rank)), key=rank.__getitem__)

    @cached_property
    def _holders(self) -> Holders:
        """Return every word in order, and the places in `_order` of the names with each."""
        found: dict[str, list[int]] = {}
        for place, number in enumerate(self._order):
            for word in dict.fromkeys(self._words[number]):
                found.setdefault(word, []).append(place)
        known = sorted(found)
        counts = [len(found[word]) for word in known]
        return Holders(
            words=known,
            begins=np.cumsum([0, *counts]),
            places=np.array([place for word in known for place in found[word]], dtype=np.int64),
        )

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._holders.words)

    def find(self, query: str, most: int = 8) -> list[int]:
        """Return the numbers of the names that contain every typed word, or a word that begins with
        it.

        If there are none, one typing error in a word, or a word typed in two parts, is tolerated.
        The best come first: whole words, then names that begin with the query, then by kind.
        """
        typed = folded(query[:MOST_TYPED])
        found = self._holding(typed)
        if not found:
            _, _, typed = split_number(typed)
            found = self._holding(typed)
        if not found:
            typed = self._meant(typed)
            found = self._holding(typed)
        return sorted(found, key=lambda number: self._rank(number, typed))[:most]

    def _meant(self, typed: Sequence[str]) -> list[str]:
        """Return the probable query: unknown words joined to the next, or with one typing error
        corrected.

        Of several such words, the one in most names.
        """
        meant: list[str] = []
        rest = list(typed)
        while rest:
            word = rest.pop(0)
            if self._with(word).size:
                joined = word + rest[0] if rest and not self._with(rest[0]).size else ""
                whole = bool(joined) and bool(self._with(joined).size)
                meant.append(joined if whole else word)
                del rest[: int(whole)]
                continue
            near = self._vocabulary.near(word)
            meant.append(max(near, key=lambda one: self._with(one).size, default=word))
        return meant

    def _holding(self, typed: Sequence[str]) -> list[int]:
        """Return at most `MOST_RANKED` numbers of names that contain every word, in order.

        Two words that many names contain, but none together, are answered as fast as any others.
        """
        if not typed:
            return []
        held = np.ones(len(self.names), dtype=bool)
        for word in typed:
            here = np.zeros(len(self.names), dtype=bool)
            here[self._with(word)] = True
            held &= here
        return [self._order[place] for place in np.flatnonzero(held)[:MOST_RANKED].tolist()]

    def _with(self, word: str) -> npt.NDArray[np.int64]:
        """Return the places of the names that hold a word that begins so, by word."""
        words, begins, places = self._holders
        first, last = bisect_left(words, word), bisect_left(words, word + "\uffff")
        return places[begins[first] : begins[last]]

    def _rank(self, number: int, typed: Sequence[str]) -> tuple[int, bool, int, int, str]:
        words = self._words[number]
        missing = sum(word not in words for word in typed)
        begins = words[: len(typed)] == list(typed)
        return missing, not begins, self.weight[number], len(words), self.names[number]
