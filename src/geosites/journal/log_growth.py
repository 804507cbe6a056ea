"""Growth of the log: which journal entry became which leaf."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.errors import Refused
from geosites.db.schema.journal import CHAINS
from geosites.journal.signed_notes import decode, encode


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How far the log reached at a time: leaves, root, and the last entry of each chain."""

    size: int
    root: bytes
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.size} {encode(self.root)} {'-'.join(map(str, self.numbers))}"

    @classmethod
    def parse(cls, line: str) -> Growth:
        """Parse a line; raises `Refused` if it is invalid."""
        try:
            size, root, numbers = line.split(" ")
            known = tuple(map(int, numbers.split("-")))
            result = cls(size=int(size), root=decode(root), numbers=known)
        except ValueError:
            raise Refused("the log's list of sizes is damaged: %(line)r", line=line[:80]) from None
        if len(result.numbers) != CHAINS:
            raise Refused("the log's list of sizes is damaged: %(line)r", line=line[:80])
        return result


@dataclass(frozen=True)
class LogIndex:
    """Which leaf of the log each entry of the journal is."""

    growth: Sequence[Growth]
    reached: Sequence[Sequence[int]]

    @classmethod
    def of(cls, growth: Sequence[Growth]) -> LogIndex:
        """Return the parsed growth of a log."""
        return cls(growth, list(zip(*(known.numbers for known in growth), strict=True)))

    def index_of(self, chain: int, seq: int) -> int | None:
        """Return the leaf of an entry, or None where the log does not hold it."""
        step = bisect_left(self.reached[chain], seq) if self.reached else 0
        if not 0 < step < len(self.growth):
            return None
        before, after = self.growth[step - 1], self.growth[step]
        if after.size == before.size:
            return None  # erased before it was taken in
        gained = [b - a for a, b in zip(before.numbers, after.numbers, strict=True)]
        return before.size + sum(gained[:chain]) + seq - before.numbers[chain] - 1

    def entries_at(self, start: int, count: int) -> list[tuple[int, int]]:
        """Return the chain and number of some leaves that the log holds."""
        sizes, result = [known.size for known in self.growth], list[tuple[int, int]]()
        step = bisect_right(sizes, start)
        while len(result) < count:
            before, after = self.growth[step - 1], self.growth[step]
            skip = max(0, start - before.size)
            gained = [
                (chain, seq)
                for chain, (first, last) in enumerate(
                    zip(before.numbers, after.numbers, strict=True)
                )
                for seq in range(first + 1, last + 1)
                if after.size > before.size
            ]
            result, step = result + gained[skip:], step + 1
        return result[:count]
