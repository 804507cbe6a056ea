"""Check whether the policy bandwidth still suits the data; reported, never applied."""

from __future__ import annotations

import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots.bandwidth_forecast import (
    BandwidthStudy,
    WeekWeights,
    forward_chaining,
)
from geosites.core.errors import NotEnoughData, Refused
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.services.weekly import week_analysis

MOST_WEEKS = 156


def bandwidth(conn: sa.Connection, first: IsoWeek, last: IsoWeek) -> BandwidthStudy:
    """Return how well each bandwidth predicts the next week, over the weeks from first to last.

    Raises `Refused` for an empty or too long span, `NotEnoughData` where heads were seen in fewer
    than two of its weeks.
    """
    count = (last.monday - first.monday).days // 7 + 1
    if not 2 <= count <= MOST_WEEKS:
        raise Refused(
            "%(first)s to %(last)s is %(count)s weeks; give from 2 to %(most_weeks)s",
            first=first,
            last=last,
            count=count,
            most_weeks=MOST_WEEKS,
        )
    window = shapely.coverage_union_all(territories.frame(conn).geometry.to_numpy())
    weeks = week_analysis.analysed(conn, [first.shift(number) for number in range(count)], window)
    seen = [
        WeekWeights(xy=item.counted.xy, weights=item.weights) for item in weeks if item.heads > 0
    ]
    if len(seen) < 2:
        raise NotEnoughData(
            "people were seen in %(seen)s of the %(weeks)s weeks; two are needed",
            seen=len(seen),
            weeks=count,
        )
    return forward_chaining(seen, window)
