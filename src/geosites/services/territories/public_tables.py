"""Public table of a quarter: people present by territory and month, with added noise.

The people present are the sum over places of the monthly mean of the weekly means of the visits.
One person, present at one place, therefore changes one count of one month by at most 1, however
many visits of the month saw that person. Places are determined without looking at counts; where and
when visits were made is treated as known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa

from geosites.analysis.bounded_contributions import levels, whole
from geosites.analysis.cell_suppression import THRESHOLD, shuffled, suppress
from geosites.analysis.differential_privacy import BUDGET, EPSILON, Below, error_within, noisy
from geosites.analysis.places import Places, assign
from geosites.core import city
from geosites.core.documents.public_tables import (
    LedgerDocument,
    PublicRow,
    PublicTableDocument,
)
from geosites.core.errors import NotEnoughData, Refused
from geosites.core.quarters import Quarter
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.publication import public_tables
from geosites.db.publication.public_tables import PublicRelease
from geosites.db.reports import visits
from geosites.db.reports.visits import VisitColumns
from geosites.services.territories.territory_counts import homes

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class MonthCount:
    """The people present in a territory in a month, rounded; None where nobody visited."""

    code: str
    name: str
    month: dt.date
    visits: int
    heads: int | None


def counts(conn: sa.Connection, quarter: Quarter) -> list[MonthCount]:
    """Return the counts without noise, by code and month, of territories visited in the quarter.

    Nobody may see them but through `release`: they carry no guarantee.
    """
    tiling = territories.frame(conn)
    seen = visits.during(conn, quarter.start, quarter.end, effort_only=True)
    if tiling.empty or not len(seen.xy):
        raise NotEnoughData("no place was visited in this quarter")
    known = sites.list_all(conn)
    grounds = assign(seen.xy, sites=[site.perimeter for site in known], accuracy_m=seen.accuracy_m)
    return _by_month(quarter, tiling, seen, grounds, homes(tiling, known, grounds))


def _by_month(
    quarter: Quarter, tiling: gpd.GeoDataFrame, seen: VisitColumns, grounds: Places, home: Ints
) -> list[MonthCount]:
    local = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(city.zone())
    month = local.month.to_numpy(dtype=np.int64)
    days = local.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    week = (days + 3) // 7  # 1 January 1970 was a Thursday
    made = np.zeros((3, len(tiling)), dtype=np.int64)
    standing = []
    for number, first in enumerate(quarter.months):
        own = month == first.month
        place = grounds.index[own]
        standing.append(whole(levels(place, week[own], seen.heads[own]), home))
        made[number] = np.bincount(home[place], minlength=len(tiling))
    codes, names = tiling.code.tolist(), tiling.name.tolist()
    return [
        MonthCount(
            code=str(codes[row]),
            name=str(names[row]),
            month=first,
            visits=int(made[number, row]),
            heads=standing[number].get(int(row)),
        )
        for row in sorted(np.flatnonzero(made.sum(axis=0)), key=lambda row: str(codes[row]))
        for number, first in enumerate(quarter.months)
    ]


def release(
    conn: sa.Connection,
    quarter: Quarter,
    now: dt.datetime,
    *,
    epsilon: Fraction = EPSILON,
    beside: Fraction = Fraction(0),
    below: Below | None = None,
) -> PublicRelease:
    """Release the table of a quarter, and store it; raises `Refused` if the budget is spent.

    Each release draws new noise and spends `epsilon` again: a second one of the same quarter counts
    for the year like the first. `beside` was spent in that year by releases that are not in the
    store. `below` is a random source for tests.
    """
    if now < quarter.end:
        raise Refused(
            "quarter %(quarter)s is not over: its table is released from %(end)s",
            quarter=quarter,
            end=quarter.end.astimezone(city.zone()).date(),
        )
    public_tables.lock(conn)
    _require_empty_visits(conn, quarter)
    before = public_tables.releases(conn, quarter)
    made = PublicRelease(
        quarter=quarter,
        revision=len(before) + 1,
        epsilon=epsilon,
        budget=BUDGET,
        released_at=now,
        rows=_noisy_rows(counts(conn, quarter), epsilon, below),
    )
    public_tables.add(conn, made, beside)
    return made


def _require_empty_visits(conn: sa.Connection, quarter: Quarter) -> None:
    """Raise `NotEnoughData` if only visits that saw people seem to be recorded.

    The number and place of visits, which are published exactly, would then depend on who was there.
    """
    seen = visits.during(conn, quarter.start, quarter.end, effort_only=True)
    if len(seen.heads) and not (seen.heads == 0).any():
        raise NotEnoughData(
            "no visit of this quarter saw nobody: where only those that saw people are recorded, "
            "the number of visits tells what the noise hides"
        )


def _noisy_rows(
    made: Sequence[MonthCount], epsilon: Fraction, below: Below | None
) -> list[PublicRow]:
    """Return the rows with noise, and the ones that suppression alone would withhold, by month."""
    told = [item for item in made if item.heads is not None]
    chance = {} if below is None else {"below": below}
    heads = noisy([item.heads or 0 for item in told], epsilon, **chance)
    drawn = {(item.code, item.month): count for item, count in zip(told, heads, strict=True)}
    withheld = _withheld(drawn)
    return [
        {
            "code": item.code,
            "name": item.name,
            "month": f"{item.month:%Y-%m}",
            "visits": item.visits,
            "heads": drawn.get((item.code, item.month)),
            "suppressed": (item.code, item.month) in withheld,
        }
        for item in made
    ]


def _withheld(drawn: dict[tuple[str, dt.date], int]) -> set[tuple[str, dt.date]]:
    result = set()
    for month in {key[1] for key in drawn}:
        keys = sorted(key for key in drawn if key[1] == month)
        codes = [code for code, _ in keys]
        order = shuffled(codes, f"{month:%Y-%m}")
        hidden = suppress([drawn[key] for key in keys], order).hidden
        result |= {key for key, kept in zip(keys, hidden, strict=True) if kept}
    return result


def document(conn: sa.Connection, made: PublicRelease) -> PublicTableDocument:
    """Return a release as a JSON document."""
    told = [row for row in made.rows if row["heads"] is not None]
    year = made.quarter.year
    return {
        "quarter": str(made.quarter),
        "revision": made.revision,
        "released_at": made.released_at,
        "exercise": store_flags.is_exercise(conn),
        "epsilon": float(made.epsilon),
        "spent": float(public_tables.spent(conn, year)),
        "budget": float(public_tables.budget(conn, year, BUDGET)),
        "error_median": error_within(made.epsilon, 0.5),
        "error_90": error_within(made.epsilon, 0.9),
        "threshold": THRESHOLD,
        "cells": len(told),
        "suppressed": sum(row["suppressed"] for row in told),
        "rows": list(made.rows),
    }


def ledger(conn: sa.Connection, year: int, beside: Fraction = Fraction(0)) -> LedgerDocument:
    """Return the budget spent by the releases of a year's quarters, and the rest.

    `beside` was spent by releases that are not in the store.
    """
    spent = public_tables.spent(conn, year) + beside
    budget = public_tables.budget(conn, year, BUDGET)
    return {
        "year": year,
        "spent": float(spent),
        "budget": float(budget),
        "left": float(max(budget - spent, Fraction(0))),
        "forgotten": float(beside),
        "releases": [
            {
                "quarter": str(item.quarter),
                "revision": item.revision,
                "epsilon": float(item.epsilon),
                "released_at": item.released_at,
            }
            for item in public_tables.releases(conn)
            if item.quarter.year == year
        ],
    }
