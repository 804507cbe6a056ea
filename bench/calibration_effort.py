"""The table of the effort that each promise needs, from rows of `bench.calibration --effort`.

A line a figure, city and number of weeks before the event; a column for each number of visits per
place and week. Rows of one city are pooled where a figure does not depend on what happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.calibration import VISITS, WEEKS_BEFORE

Row = dict[str, Any]

HEAD = ("figure", "promised", "city", "weeks before")
CITIES = ("plain", "lived", "varied")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure, what is promised of it, and where it is read.

    `keys` are scores: of several the least counts. `best` is what the visits allow at most.
    `after` are the happenings whose rows tell it, `weeks` those before that it is told for. At most
    `promised` where `most`, else at least.
    """

    what: str
    keys: tuple[str, ...]
    promised: float | None
    after: tuple[str, ...] = ("nothing", "halving", "move")
    best: str | None = None
    most: bool = False
    weeks: tuple[int, ...] = WEEKS_BEFORE

    def kept(self, value: float) -> bool:
        """Return whether a value keeps what is promised."""
        if self.promised is None:
            return True
        return value <= self.promised if self.most else value >= self.promised

    @property
    def bound(self) -> str:
        """Return what is promised in words."""
        if self.promised is None:
            return "–"
        return f"{'at most' if self.most else 'at least'} {_short(self.promised)}"


FIGURES = (
    Figure(what="visits a week at the target", keys=("at_target",), promised=None, weeks=(26,)),
    Figure(
        what="p ≤ .10 where nothing happened",
        keys=("found",),
        promised=0.13,
        after=("nothing",),
        most=True,
    ),
    Figure(what="a halving is found", keys=("found",), promised=0.85, after=("halving",)),
    Figure(
        what="a halving is found by the plain p",
        keys=("found_plain",),
        promised=0.85,
        after=("halving",),
    ),
    Figure(
        what="level within 15 % (at best)",
        keys=("level_target",),
        promised=0.95,
        best="level_oracle",
    ),
    Figure(
        what="right receivers first (at best)",
        keys=("right_first",),
        promised=0.95,
        after=("move",),
        best="right_oracle",
    ),
    Figure(
        what="interval of target, territories, city: the least",
        keys=("covers_cautious", "covers_territories", "covers_net"),
        promised=0.85,
    ),
)


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of the table."""
    told = [f"{visits:g} visits" for visits in VISITS]
    head = [f"| {' | '.join((*HEAD, *told, 'kept from'))} |"]
    head.append("|---" * (len(HEAD) + len(VISITS) + 1) + "|")
    return head + [
        line
        for figure in FIGURES
        for city in CITIES
        for weeks in figure.weeks
        if (line := _line(figure, city, weeks, rows)) is not None
    ]


def _line(figure: Figure, city: str, weeks: int, rows: Sequence[Row]) -> str | None:
    names = {f"{city}-{what}" for what in figure.after}
    own = [row for row in rows if row["scene"] in names and row["weeks_before"] == weeks]
    pooled = {
        visits: _pooled(figure, [row for row in own if row["visits"] == visits])
        for visits in VISITS
    }
    if all(value is None for value, _ in pooled.values()):
        return None
    cells = [_cell(figure, *pooled[visits]) for visits in VISITS]
    start = (figure.what, figure.bound, f"`{city}`", str(weeks))
    return f"| {' | '.join((*start, *cells, _kept_from(figure, pooled)))} |"


def _pooled(figure: Figure, rows: Sequence[Row]) -> tuple[float | None, float | None]:
    """Return the figure of all rows together, and the best there could be."""
    found = [value for key in figure.keys if (value := _mean(rows, key)) is not None]
    best = None if figure.best is None else _mean(rows, figure.best)
    return min(found, default=None), best


def _mean(rows: Sequence[Row], key: str) -> float | None:
    known = [row for row in rows if row[key] is not None]
    if not known:
        return None
    return float(
        np.average([row[key] for row in known], weights=[row["answered"] for row in known])
    )


def _kept_from(figure: Figure, pooled: dict[float, tuple[float | None, float | None]]) -> str:
    """Return the least visits from which on the promise is kept at all that were measured."""
    least: str | None = None
    if figure.promised is None:
        return "–"
    for visits in sorted(pooled, reverse=True):
        value = pooled[visits][0]
        if value is None:
            continue
        if not figure.kept(round(value, 2)):
            break
        least = f"{visits:g}"
    return least or "not kept"


def _cell(figure: Figure, value: float | None, best: float | None) -> str:
    if value is None:
        return ""
    if figure.promised is None:
        return f"{value:.1f}"
    shown = _short(value)
    marked = shown if figure.kept(round(value, 2)) else f"**{shown}**"
    return marked if best is None else f"{marked} ({_short(best)})"


def _short(value: float) -> str:
    return re.sub(r"^0\.", ".", f"{value:.2f}")
