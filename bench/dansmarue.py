"""What the methods of displacement find in residents' reports of Paris, where no event was.

Reports of street anomalies (Ville de Paris, ODbL), by week and by place of our own clustering, with
events at dates and places drawn by lot. A report is no head and no visit: what is judged is whether
the test and the intervals keep their word on counts nobody here made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.panels import DESIGN, Studied, rates, studied
from bench.table import Promise, Table
from geosites.analysis.places import centres, places
from geosites.core.crs import to_metric
from geosites.core.errors import NotEnoughData

FILE = Path(__file__).parents[1] / "tests" / "data" / "dansmarue_2023_2024.csv.gz"
SEED = 20221005
STUDIES = 500
RADII_M = (200.0, 400.0)
WHOLE_WEEK = 0.25
"""Less than this share of a median week at either end is where the file begins or ends."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reports:
    """Reports (places, weeks), the centre of each place in metres, its arrondissement."""

    counts: Floats
    centre: Floats
    arrondissement: npt.NDArray[np.int64]


def run() -> Table:
    """Return the rates for single places and for arrondissements, by radius of a place."""
    rows = [
        {"radius_m": radius, "target": kind, **rates(*placebos(radius, kind))}
        for radius in RADII_M
        for kind in ("place", "arrondissement")
    ]
    return Table(
        name="dansmarue",
        note=(__doc__ or "").split("\n", maxsplit=1)[0],
        columns=tuple(rows[0]),
        rows=tuple(tuple(row.values()) for row in rows),
        promises=tuple(promise for row in rows for promise in _promises(row)),
    )


def _promises(row: dict[str, Any]) -> list[Promise]:
    found, held = row["p<=.10"], row["change holds 0"]
    name = f"{row['target']}, {row['radius_m']:g} m"
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
def reports(radius_m: float) -> Reports:
    """Return the reports by place and week; weeks in which the file begins and ends are cut."""
    read = pd.read_csv(FILE)
    xy = to_metric(read[["lon", "lat"]].to_numpy())
    day = pd.to_datetime(read.ts)
    monday = (day - pd.to_timedelta(day.dt.weekday, unit="D")).dt.normalize()
    week = ((monday - monday.min()).dt.days // 7).to_numpy()
    place = places(xy, radius_m=radius_m)
    counts = np.zeros((place.max() + 1, week.max() + 1))
    np.add.at(counts, (place, week), 1)
    whole = np.flatnonzero(counts.sum(axis=0) >= WHOLE_WEEK * np.median(counts.sum(axis=0)))
    arrondissement = read.groupby(place).arr.agg(lambda codes: codes.mode().iloc[0])
    return Reports(
        counts=counts[:, whole[0] : whole[-1] + 1],
        centre=centres(xy, place),
        arrondissement=arrondissement.to_numpy(dtype=np.int64),
    )


def placebos(radius_m: float, kind: str, number: int = STUDIES) -> tuple[list[Studied], int]:
    """Return the studies of placebo events, and how many were refused; each has its own seed."""
    found, refused = [], 0
    for one in range(number):
        rng = np.random.default_rng([SEED, one])
        try:
            found.append(_study(rng, reports(radius_m), kind))
        except NotEnoughData:
            refused += 1
    return found, refused


def _study(rng: np.random.Generator, given: Reports, kind: str) -> Studied:
    """Return the study of one place or arrondissement drawn by lot, at a week drawn by lot.

    A place is drawn among those that carry information over all weeks. Controls lie farther than
    a study looks from it, or outside its arrondissement.
    """
    before, after = DESIGN.weeks_before, DESIGN.weeks_after
    at = int(rng.integers(before, given.counts.shape[1] - after + 1))
    told = np.flatnonzero(given.counts.mean(axis=1) >= DESIGN.control_heads)
    place = int(rng.choice(told))
    if kind == "place":
        target = np.arange(len(given.counts)) == place
        away = np.hypot(*(given.centre - given.centre[place]).T)
        controls = away > DESIGN.reach_m
    else:
        target = given.arrondissement == given.arrondissement[place]
        controls = ~target
    return studied(
        given.counts,
        target,
        controls,
        at,
        before=before,
        after=after,
        territory=given.arrondissement,
    )
