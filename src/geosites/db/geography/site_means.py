"""Mean number of people per visit to a site over a period, by half of the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core import city
from geosites.core.records import EFFORT, TimePrecision
from geosites.db.closure.closure_inputs import ACCURACY_M
from geosites.db.reports.sightings import not_rejected
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site
from geosites.db.temporal import known_at
from geosites.reference_data.published_counts import HalfDay

_DAYLIGHT = (6, 17)
"""The first and the last hour of the day half, on the city's clocks."""


@dataclass(frozen=True, kw_only=True)
class MeanHeads:
    """The mean heads of some visits, zeros included."""

    visits: int
    heads: float


def by_half_day(
    conn: sa.Connection, slug: str, start: dt.datetime, end: dt.datetime
) -> dict[HalfDay, MeanHeads]:
    """Return the mean heads a visit inside a site saw from `start` to before `end`.

    Visits are those of patrols and surveys at a known hour, merged ones once, rejected ones not at
    all. A half of the day without a visit is left out.
    """
    seen = sighting.c
    hour = sa.func.extract("hour", sa.func.timezone(str(city.zone()), seen.observed_at))
    half = sa.case((hour.between(*_DAYLIGHT), HalfDay.DAY.value), else_=HalfDay.NIGHT.value)
    believed = sa.func.least(sa.func.coalesce(seen.accuracy_m, 0.0), ACCURACY_M)
    statement = (
        sa.select(
            half.label("half"), sa.func.count(), sa.cast(sa.func.avg(seen.headcount), sa.Float)
        )
        .select_from(site)
        .join(sighting, sa.func.ST_DWithin(seen.point, site.c.perimeter, ACCURACY_M))
        .where(site.c.slug == slug, known_at(site, None), known_at(sighting, None))
        .where(sa.func.ST_Distance(seen.point, site.c.perimeter) <= believed)
        .where(seen.observed_at >= start, seen.observed_at < end)
        .where(seen.origin.in_(sorted(EFFORT)), not_rejected(sighting))
        .where(seen.superseded_by.is_(None), seen.time_precision != TimePrecision.DAY)
        .group_by(sa.literal_column("half"))
    )
    return {
        HalfDay(name): MeanHeads(visits=visits, heads=heads)
        for name, visits, heads in conn.execute(statement)
    }
