"""What a bench returns: rows under headings, and the promises that its numbers keep or break."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A number that was promised, and the one measured."""

    what: str
    promised: str
    measured: float
    kept: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a bench. `note` says on what data and how it was measured."""

    name: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    promises: tuple[Promise, ...] = ()

    @classmethod
    def of(cls, name: str, about: str, result: Table | list[dict[str, Any]]) -> Table:
        """Return what a bench gave as a table; `about` is the text at the head of its module."""
        if isinstance(result, Table):
            return result
        columns = tuple(dict.fromkeys(column for row in result for column in row))
        rows = tuple(tuple(row.get(column) for column in columns) for row in result)
        return cls(name=name, note=about.split("\n")[0], columns=columns, rows=rows)

    def document(self) -> dict[str, Any]:
        """Return the table as it goes into JSON, with the machine it was measured on."""
        return asdict(self) | {
            "machine": f"{platform.machine()}, Python {platform.python_version()}"
        }

    def text(self) -> str:
        """Return the table as aligned text."""
        cells = [self.columns, *(tuple(shown(value) for value in row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [f"# {self.name}: {self.note}"]
        lines += [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in cells
        ]
        lines += [
            f"{'kept  ' if promise.kept else 'BROKEN'}  {promise.what}: "
            f"{promise.promised}, measured {shown(promise.measured)}"
            for promise in self.promises
        ]
        return "\n".join(lines)


def shown(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def seconds(
    work: Sequence[Callable[[], object]], rounds: int = 5, warm: bool = True
) -> tuple[float, ...]:
    """Return the shortest wall time of each piece of work, taken in turns over some rounds.

    In turns, so that a busy moment of the machine hits all alike; once before if `warm`.
    """
    best = [float("inf")] * len(work)
    for turn in range(rounds + warm):
        for index, one in enumerate(work):
            start = time.perf_counter()
            one()
            if turn >= warm:
                best[index] = min(best[index], time.perf_counter() - start)
    return tuple(best)
