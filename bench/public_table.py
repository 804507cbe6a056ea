"""Public tables of the exercise: how far the noise puts counts off, and what suppression withholds.

Each quarter is released many times with noise of its own. The error is that of a territory's sum
over the quarter, in percent of it, over territories with 100 people in the quarter and more.
Suppression alone (threshold 11, with complements, month by month) is worked out from the counts
without noise: the share of counts that it withholds, and of the people in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from bench.stores import exercised
from bench.table import Promise, Table
from geosites.analysis.cell_suppression import shuffled, suppress
from geosites.analysis.differential_privacy import noisy
from geosites.core.errors import NotEnoughData
from geosites.core.quarters import Quarter
from geosites.services.territories.public_tables import MonthCount, counts

RELEASES = 200
MANY = 100
WEEKS = 157
EPSILONS = (Fraction(1, 4), Fraction(1, 2), Fraction(1))
QUARTERS = [Quarter(year, number) for year in (2021, 2022, 2023) for number in (1, 2, 3, 4)]


def run(releases: int = RELEASES) -> Table:
    """Return one row a quarter and epsilon, and the promise for epsilon 1/2."""
    rows = []
    with exercised(WEEKS) as store, store.begin() as conn:
        for quarter in QUARTERS:
            try:
                made = [item for item in counts(conn, quarter) if item.heads is not None]
            except NotEnoughData:
                continue
            withheld = _suppressed(made)
            rows += [
                (str(quarter), float(epsilon), *_errors(made, epsilon, releases), *withheld)
                for epsilon in EPSILONS
            ]
    worst = max((row[3] for row in rows if row[1] == 0.5 and row[2]), default=100.0)
    return Table(
        name="public_table",
        note=f"exercise, {releases} releases a row",
        columns=(
            "quarter",
            "epsilon",
            f"territories with {MANY}+",
            "median error %",
            "9 in 10 within %",
            "counts",
            "withheld by suppression %",
            "people in them %",
        ),
        rows=tuple(rows),
        promises=(
            Promise(
                what=f"median error of a quarter with {MANY}+ people, epsilon 1/2, worst quarter",
                promised="<= 10 %",
                measured=worst,
                kept=worst <= 10.0,
            ),
        ),
    )


def _errors(
    made: Sequence[MonthCount], epsilon: Fraction, releases: int
) -> tuple[int, float, float]:
    truth = _by_territory(made, [item.heads or 0 for item in made])
    large = [code for code, heads in truth.items() if heads >= MANY]
    errors = []
    for _ in range(releases):
        drawn = _by_territory(made, noisy([item.heads or 0 for item in made], epsilon))
        errors += [100.0 * abs(drawn[code] - truth[code]) / truth[code] for code in large]
    if not errors:
        return 0, float("nan"), float("nan")
    return len(large), float(np.median(errors)), float(np.quantile(errors, 0.9))


def _by_territory(made: Sequence[MonthCount], heads: Sequence[int]) -> Mapping[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for item, count in zip(made, heads, strict=True):
        sums[item.code] += count
    return sums


def _suppressed(made: Sequence[MonthCount]) -> tuple[int, float, float]:
    hidden, people = 0, 0
    for month in {item.month for item in made}:
        own = [item for item in made if item.month == month]
        order = shuffled([item.code for item in own], f"{month:%Y-%m}")
        kept = suppress([item.heads or 0 for item in own], order).hidden
        hidden += int(kept.sum())
        people += sum((item.heads or 0) for item, one in zip(own, kept, strict=True) if one)
    total = sum(item.heads or 0 for item in made)
    return len(made), 100.0 * hidden / len(made), 100.0 * people / max(total, 1)
