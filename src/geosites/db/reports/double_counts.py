"""Scenes counted by two crews."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import numpy as np
import sqlalchemy as sa

from geosites.analysis.abundance.pairing import CrewCounts
from geosites.core.records import EFFORT, DoubleCount, TimePrecision
from geosites.db.reports.sightings import located, not_rejected
from geosites.db.schema.sightings import sighting as table
from geosites.db.temporal import known_among_many


def during(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    within: Collection[str] = (),
) -> CrewCounts:
    """Return what such crews counted from `start` to before `end`, as far as it counts.

    `within` are codes of territories; none means everywhere.
    """
    statement = (
        sa.select(
            sa.func.ST_X(table.c.point),
            sa.func.ST_Y(table.c.point),
            sa.func.extract("epoch", table.c.observed_at),
            table.c.headcount,
            table.c.accuracy_m,
            table.c.double_count == DoubleCount.JOINT,
        )
        .where(
            table.c.double_count.is_not(None),
            table.c.observed_at >= start,
            table.c.observed_at < end,
            table.c.time_precision == TimePrecision.INSTANT,
            table.c.origin.in_(sorted(EFFORT)),
            table.c.superseded_by.is_(None),
            not_rejected(table),
            located(table),
            known_among_many(table, as_known_at),
            *([table.c.territory.in_(within)] if within else []),
        )
        .order_by(table.c.id)
    )
    rows = [tuple(row) for row in conn.execute(statement)]
    values = np.array(rows, dtype=np.float64).reshape(-1, 6)
    return CrewCounts(
        xy=values[:, :2],
        at_s=values[:, 2],
        heads=values[:, 3],
        accuracy_m=values[:, 4],
        joint=values[:, 5] == 1.0,
    )
