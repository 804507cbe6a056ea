"""Typo-tolerant matching: words within one edit of the typed one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

SHORTEST = 5
"""A shorter word is one slip away from too many others."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Known words, in order."""

    known: Sequence[str]

    @cached_property
    def _backwards(self) -> list[str]:
        return sorted(word[::-1] for word in self.known)

    def near(self, word: str) -> list[str]:
        """Return the words that differ from `word` by one inserted, missing, wrong or swapped
        letter.

        One error leaves the first half or the second half of a word unchanged, so that only words
        with the same beginning or end are compared. None for words below `SHORTEST`, and for
        numbers.
        """
        if len(word) < SHORTEST or not word.isalpha():
            return []
        half = len(word) // 2
        alike = [*_beginning(self.known, word[: half - 1])]
        alike += [one[::-1] for one in _beginning(self._backwards, word[:half:-1])]
        return sorted({one for one in alike if one_slip(word, one)})


def _beginning(words: Sequence[str], start: str) -> Iterator[str]:
    low, high = bisect_left(words, start), bisect_left(words, start + "\uffff")
    yield from words[low:high]


def one_slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter, or by two neighbours that are swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    same = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
    )
    if same is None:
        return True
    rest, others = one[same:], other[same:]
    swapped = rest[:2] == others[1::-1] and rest[2:] == others[2:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or swapped
