"""What the methods of displacement say of Seattle, where nothing happened and where something did.

The published drug-market intervention: crimes by block and quarter, 9,642 blocks by 16 quarters,
39 of them treated from quarter 13 on (Robbins, Saunders and Kilmer 2017, data of the R package
microsynth). `GEOSITES_DATA` names the folder of `seattle_dmi.csv.gz`, which stays outside the
project. Placebo sets are 39 untreated blocks with an event at a quarter in which nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.outside import data_file
from bench.panels import Studied, rates, studied
from bench.table import Promise, Table
from geosites.analysis.displacement.change_intervals import HeadChange
from geosites.analysis.displacement.result import Slope
from geosites.core.errors import NotEnoughData

FILE = "seattle_dmi.csv.gz"
PROMISED = "any_crime"
"""The outcome that the published reanalysis is about; the others are told without a promise."""

OUTCOMES = (PROMISED, "misdemeanor", "felony", "drugs")
SEED = 20221005
SETS = 500
BEFORE, AFTER = 12, 4
EVENT = 12
PLACEBO_EVENTS = (6, 13)
"""First and last (not included) period at whose beginning a placebo event may lie."""

ALIKE = 0.2
ALIKE_AT_LEAST = 0.25

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Draw = Callable[[np.random.Generator, Floats, int], Mask]


def run() -> Table:
    """Return the rates over placebo sets of each kind, then the treated blocks, by outcome."""
    rows, told = [], []
    for outcome in OUTCOMES:
        found = {kind: placebos(outcome, draw) for kind, draw in KINDS.items()}
        rows += [{"outcome": outcome, "blocks": kind, **rates(*found[kind])} for kind in KINDS]
        told.append(
            {"outcome": outcome, "blocks": "treated (p itself)", **_treated(outcome, found)}
        )
    columns = tuple(dict.fromkeys(name for row in (*rows, *told) for name in row))
    return Table(
        name="seattle",
        note=(__doc__ or "").split("\n", maxsplit=1)[0],
        columns=columns,
        rows=tuple(tuple(row.get(name) for name in columns) for row in (*rows, *told)),
        promises=tuple(
            promise
            for row in rows
            if row["outcome"] == PROMISED and row["blocks"] == "random"
            for promise in _promises(row)
        ),
    )


def _promises(row: dict[str, Any]) -> list[Promise]:
    found, held = row["p<=.10"], row["change holds 0"]
    name = f"{row['outcome']}, {row['blocks']} blocks"
    return [
        Promise(
            what=f"{name}: p <= .10 where nothing happened",
            promised="at most .13",
            measured=found,
            kept=found <= 0.13,
        ),
        Promise(
            what=f"{name}: 90 % intervals of the change hold 0",
            promised=".85 to .95",
            measured=held,
            kept=0.85 <= held <= 0.95,
        ),
    ]


@cache
def _blocks() -> pd.DataFrame:
    return pd.read_csv(data_file(FILE))


def counts(outcome: str) -> Floats:
    """Return the counts of an outcome, (blocks, quarters)."""
    wide = _blocks().pivot_table(index="block", columns="quarter", values=outcome)
    return wide.to_numpy(dtype=np.float64)


def treated() -> Mask:
    """Return which blocks the intervention was applied to."""
    return np.asarray(_blocks().groupby("block").treated.max().to_numpy() > 0)


def random_blocks(rng: np.random.Generator, table: Floats, at: int) -> Mask:
    """Return 39 untreated blocks, each as likely as any other."""
    del table, at
    return _chosen(rng.choice(np.flatnonzero(~treated()), int(treated().sum()), replace=False))


def neighbours(rng: np.random.Generator, table: Floats, at: int) -> Mask:
    """Return 39 untreated blocks that follow each other in the file, as the treated blocks do.

    The numbers of the census were replaced in their order, so such a run is like a district.
    """
    del table, at
    free = np.flatnonzero(~treated())
    first = rng.integers(0, len(free) - int(treated().sum()))
    return _chosen(free[first : first + int(treated().sum())])


def alike_before(rng: np.random.Generator, table: Floats, at: int) -> Mask:
    """Return untreated blocks with the level before their event that the treated had before theirs.

    Chosen by what was counted, they were partly high by chance, and fall back towards their mean.
    """
    return _alike(rng, table[:, max(at - BEFORE, 0) : at].mean(axis=1), table)


def alike_throughout(rng: np.random.Generator, table: Floats, at: int) -> Mask:
    """Return untreated blocks with that level over all quarters, which favours no side."""
    del at
    return _alike(rng, table.mean(axis=1), table)


def _alike(rng: np.random.Generator, level: Floats, table: Floats) -> Mask:
    free, chosen = ~treated(), []
    for wanted in rng.permutation(table[treated(), :EVENT].mean(axis=1)):
        near = np.abs(level - wanted) <= max(ALIKE * wanted, ALIKE_AT_LEAST)
        one = int(rng.choice(np.flatnonzero(near & free)))
        free[one] = False
        chosen.append(one)
    return _chosen(np.array(chosen))


def _chosen(blocks: npt.NDArray[np.int64]) -> Mask:
    return np.isin(np.arange(len(treated())), blocks)


KINDS: dict[str, Draw] = {
    "random": random_blocks,
    "neighbours": neighbours,
    "alike throughout": alike_throughout,
    "alike before": alike_before,
}


def placebos(outcome: str, draw: Draw, sets: int = SETS) -> tuple[list[Studied], int]:
    """Return the studies of placebo sets, and how many were refused; set n has its own seed."""
    table, found, refused = counts(outcome), [], 0
    for number in range(sets):
        rng = np.random.default_rng([SEED, number])
        at = int(rng.integers(*PLACEBO_EVENTS))
        target = draw(rng, table, at)
        try:
            one = studied(table, target, ~treated(), at, before=BEFORE, after=AFTER)
        except NotEnoughData:
            refused += 1
            continue
        if one.change.expected > 0:
            found.append(one)
        else:
            refused += 1
    return found, refused


def _treated(outcome: str, found: Mapping[str, tuple[list[Studied], int]]) -> dict[str, Any]:
    """Return the study of the treated blocks; changes are told for all quarters after together.

    "rank" is the share of the placebo sets of a kind whose test statistic is as low.
    """
    one = _study_of_treated(outcome, AFTER)
    first = _study_of_treated(outcome, 1).change
    assert one.slope is not None
    return {
        "p<=.10": one.p,
        "plain p<=.10": one.placebo.p,
        "level": one.change.before,
        "controls": float(one.drift.controls),
        "tau": one.drift.tau,
        "ratio": interval(one.placebo.ratio, one.placebo.low, one.placebo.high, 2),
        "change": interval(*(AFTER * told for told in _ends(one.change))),
        "beyond the slope": interval(*(AFTER * told for told in _ends(one.slope))),
        "beyond the slope, summed": interval(*(AFTER * told for told in _ends(_summed(outcome)))),
        "first quarter": interval(*_ends(first)),
        **{
            f"rank, {kind}": float(np.mean([each.placebo.t <= one.placebo.t for each in studies]))
            for kind, (studies, _) in found.items()
        },
    }


def _summed(outcome: str) -> Slope:
    """Return the effect beyond the slope with the treated blocks summed to one place first.

    The slope and the step of a block with a count now and then are hardly known, and the mean of
    exp(step) over many such blocks lies far above the step of their sum.
    """
    table, target = counts(outcome), treated()
    summed = np.vstack([table[~target], table[target].sum(axis=0)])
    last = np.arange(len(summed)) == len(summed) - 1
    one = studied(summed, last, ~last, EVENT, before=BEFORE, after=AFTER, always_slope=True)
    assert one.slope is not None
    return one.slope


def _ends(told: HeadChange | Slope) -> tuple[float, float, float]:
    value = told.change if isinstance(told, HeadChange) else told.estimate
    return value, told.low, told.high


def interval(value: float, low: float, high: float, decimals: int = 0) -> str:
    """Return a value with its interval: `-12 [-30, 6]`."""
    middle, left, right = (f"{each:.{decimals}f}" for each in (value, low, high))
    return f"{middle} [{left}, {right}]"


def _study_of_treated(outcome: str, after: int) -> Studied:
    return studied(
        counts(outcome),
        treated(),
        ~treated(),
        EVENT,
        before=BEFORE,
        after=after,
        always_slope=after > 1,
    )
