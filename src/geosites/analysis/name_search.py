"""Names found as people type them: without accents or articles, abbreviated, unfinished."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby, islice

SHORT = {
    "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "boul": "boulevard",
    "av": "avenue", "ave": "avenue", "r": "rue", "pl": "place", "q": "quai", "qu": "quai",
    "fg": "faubourg", "fbg": "faubourg", "fb": "faubourg", "st": "saint", "ste": "sainte",
    "sq": "square", "imp": "impasse", "all": "allee", "pass": "passage", "psg": "passage",
    "ch": "chemin", "che": "chemin", "rte": "route", "gal": "general", "gen": "general",
    "mal": "marechal", "pdt": "president", "dr": "docteur", "pte": "porte", "arr": "arrondissement",
}  # fmt: skip
"""What is written for a word."""

_ARTICLES = frozenset(("de", "du", "des", "la", "le", "les", "l", "d", "et", "a", "au", "aux"))
_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d+(bis|ter|quater)?|bis|ter|quater")
MOST_RANKED = 200
"""More names than that are ranked by their kind and length alone."""

MOST_TYPED = 80


def folded(text: str) -> list[str]:
    """Return the words of a name or a query: plain letters, abbreviations written out, no articles.

    An article stands where nothing else does: `La` finds what begins with it.
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    every = [SHORT.get(word, word) for word in _WORD.findall(bare)]
    return [word for word in every if word not in _ARTICLES] or every


def without_number(words: Sequence[str]) -> list[str]:
    """Return a query without a house number before or after its street, if more is left."""
    first, last = 0, len(words)
    while last - first > 2 and _NUMBER.fullmatch(words[first]):
        first += 1
    while last - first > 2 and _NUMBER.fullmatch(words[last - 1]):
        last -= 1
    return list(words[first:last])


@dataclass(frozen=True, kw_only=True, eq=False)
class NameIndex:
    """Names by their words; `weight` (n,) says which kind comes first, the lowest."""

    names: Sequence[str]
    weight: Sequence[int]

    @cached_property
    def _words(self) -> list[list[str]]:
        return [folded(name) for name in self.names]

    @cached_property
    def _order(self) -> list[int]:
        """The numbers of the names in the order in which they come where nothing else tells."""
        rank = [
            (weight, len(words), name)
            for weight, words, name in zip(self.weight, self._words, self.names, strict=True)
        ]
        return sorted(range(len(rank)), key=rank.__getitem__)

    @cached_property
    def _holders(self) -> tuple[list[str], list[list[int]]]:
        """Return every word in order, and for each the places in `_order` of names with it."""
        found: dict[str, list[int]] = {}
        for place, number in enumerate(self._order):
            for word in dict.fromkeys(self._words[number]):
                found.setdefault(word, []).append(place)
        known = sorted(found)
        return known, [found[word] for word in known]

    def find(self, query: str, most: int = 8) -> list[int]:
        """Return the numbers of the names that hold every word typed, as a word or its beginning.

        The best come first: whole words, then names that begin with what was typed, then by kind.
        """
        typed = folded(query[:MOST_TYPED])
        found = self._holding(typed)
        if not found:
            typed = without_number(typed)
            found = self._holding(typed)
        return sorted(found, key=lambda number: self._rank(number, typed))[:most]

    def _holding(self, typed: Sequence[str]) -> list[int]:
        """Return at most `MOST_RANKED` numbers of names that hold every word, in order."""
        if not typed:
            return []
        rarest = min((self._with(word) for word in typed), key=lambda lists: sum(map(len, lists)))
        places = (place for place, _ in groupby(merge(*rarest)))
        numbers = (self._order[place] for place in places)
        held = (number for number in numbers if self._holds(number, typed))
        return list(islice(held, MOST_RANKED))

    def _with(self, word: str) -> list[list[int]]:
        """Return the places of the names that hold a word that begins so, by word."""
        known, holders = self._holders
        return holders[bisect_left(known, word) : bisect_left(known, word + "\uffff")]

    def _holds(self, number: int, typed: Sequence[str]) -> bool:
        words = self._words[number]
        return all(any(word.startswith(one) for word in words) for one in typed)

    def _rank(self, number: int, typed: Sequence[str]) -> tuple[int, bool, int, int, str]:
        words = self._words[number]
        missing = sum(word not in words for word in typed)
        begins = words[: len(typed)] == list(typed)
        return missing, not begins, self.weight[number], len(words), self.names[number]
