"""Effort of a week: where and when visits were made, and places no longer visited."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.places import assign
from geosites.core import city
from geosites.core.documents.bulletins import EffortGap, WeekEffort
from geosites.core.records import Site
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.db.geography import sites, territories
from geosites.db.reports import visits
from geosites.db.reports.visits import VisitColumns
from geosites.services.places.geography import names, nearest_site

LOOK_BACK_WEEKS = 4
FEWEST_WEEKS = 2
MOST_GAPS = 10


def effort(
    conn: sa.Connection, week: IsoWeek, tiling: gpd.GeoDataFrame, known: dt.datetime
) -> WeekEffort:
    """Return the visits of a week by part of the day, and the places without visits.

    A gap is a place visited in at least two of the four weeks before but not in this one; the most
    visited come first. The counts there do not matter.
    """
    first = week.shift(-LOOK_BACK_WEEKS)
    seen = visits.during(conn, first.start, week.end, as_known_at=known, effort_only=True)
    number = _weeks(seen, first)
    quartiers = territories.frame(conn, city.current().parts, known)
    known_sites = sites.list_all(conn, known)
    gaps = _gaps(seen, number, known_sites)
    named = _named(gaps, tiling, quartiers, known_sites)
    return {
        "day_parts": _day_parts(seen, number == LOOK_BACK_WEEKS),
        "look_back_weeks": LOOK_BACK_WEEKS,
        "gaps": named[:MOST_GAPS],
        "gaps_total": len(named),
    }


def _weeks(seen: VisitColumns, first: IsoWeek) -> npt.NDArray[np.int64]:
    """Return the week of each visit, 0 being `first`."""
    starts = [first.shift(ahead).start for ahead in range(LOOK_BACK_WEEKS + 1)]
    edges = np.array([start.replace(tzinfo=None) for start in starts], dtype="datetime64[us]")
    return np.asarray(np.searchsorted(edges, seen.observed_at, side="right") - 1, dtype=np.int64)


def _day_parts(seen: VisitColumns, chosen: npt.NDArray[np.bool_]) -> dict[str, int]:
    """Return the number of visits by part of the day; `unknown` where only the day is known."""
    local = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(city.zone())
    part = np.where(seen.day_only, len(DAY_PARTS), local.hour.to_numpy() // (24 // len(DAY_PARTS)))
    count = np.bincount(part[chosen].astype(np.int64), minlength=len(DAY_PARTS) + 1)
    keys = [*(part.value for part in DAY_PARTS), "unknown"]
    return {key: int(visits) for key, visits in zip(keys, count, strict=True)}


def _gaps(
    seen: VisitColumns, number: npt.NDArray[np.int64], known_sites: list[Site]
) -> list[tuple[tuple[float, float], int, dt.datetime]]:
    """Return centre, earlier visits and last visit of each place that got none this week."""
    perimeters = [site.perimeter for site in known_sites]
    found_at = assign(seen.xy, sites=perimeters, accuracy_m=seen.accuracy_m)
    place, middle = found_at.index, found_at.centre
    result = []
    for index in range(len(middle)):
        own = place == index
        earlier = np.unique(number[own])
        if earlier.max() == LOOK_BACK_WEEKS or len(earlier) < FEWEST_WEEKS:
            continue
        last = seen.observed_at[own].max().astype(dt.datetime).replace(tzinfo=dt.UTC)
        result.append(((float(middle[index, 0]), float(middle[index, 1])), int(own.sum()), last))
    return sorted(result, key=lambda gap: (-gap[1], gap[0]))


def _named(
    gaps: list[tuple[tuple[float, float], int, dt.datetime]],
    tiling: gpd.GeoDataFrame,
    quartiers: gpd.GeoDataFrame,
    known_sites: list[Site],
) -> list[EffortGap]:
    """Return the gaps with their location names."""
    xy = np.array([at for at, _, _ in gaps], dtype=np.float64).reshape(-1, 2)
    around = zip(gaps, names(tiling, xy), names(quartiers, xy), strict=True)
    return [
        {
            "territory": territory,
            "quartier": quartier,
            "nearest_site": nearest_site(known_sites, shapely.Point(at))[0],
            "visits": count,
            "last_visit_at": last,
        }
        for (at, count, last), territory, quartier in around
    ]
