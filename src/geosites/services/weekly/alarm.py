"""The weekly alarm: does an area hold more people than its own past leads to expect?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from geosites.analysis.alarm.prospective_scan import Alarm, alarm
from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.analysis.places import assign
from geosites.core import city, crs
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.errors import NotEnoughData
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites, territories
from geosites.services import cache
from geosites.services.metrics import timed
from geosites.services.places.geography import names, nearest_site
from geosites.services.weekly import week_analysis

HISTORY_WEEKS = 26
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class WeekAlarm:
    """A significant excess, and its location."""

    week: IsoWeek
    alarm: Alarm
    x: float
    y: float
    territory: str | None
    quartier: str | None
    site: str | None

    def document(self) -> AlarmDocument:
        """Return the alarm with plain values; heads are people present per week."""
        lon, lat = crs.to_geographic([self.x, self.y])[0]
        return {
            "week": str(self.week),
            "weeks": self.alarm.weeks,
            "heads": self.alarm.heads,
            "expected": self.alarm.expected,
            "p": self.alarm.p,
            "places": len(self.alarm.members),
            "radius_m": self.alarm.radius_m,
            "territory": self.territory,
            "quartier": self.quartier,
            "nearest_site": self.site,
            "lon": float(lon),
            "lat": float(lat),
        }


def alarms(
    conn: sa.Connection, week: IsoWeek, *, as_known_at: dt.datetime | None = None
) -> list[WeekAlarm]:
    """Return the alarm of a week, if any: none or one.

    The absence of an alarm is not an all-clear: there is none either if the history is too short,
    or without visits in the week. The result is cached until its data changes.
    """
    question = ("alarms", week, as_known_at)
    return cache.answer(conn, question, lambda: _alarms(conn, week, as_known_at), week.sunday)


@timed("alarm")
def _alarms(conn: sa.Connection, week: IsoWeek, as_known_at: dt.datetime | None) -> list[WeekAlarm]:
    tiling = territories.frame(conn, as_known_at=as_known_at)
    if tiling.empty:
        return []
    window = shapely.coverage_union_all(tiling.geometry.to_numpy())
    weeks = [week.shift(-before) for before in reversed(range(HISTORY_WEEKS))]
    past = week_analysis.analysed(conn, weeks, window, as_known_at)
    if not len(past[-1].counted):
        return []
    levels, xy = _levels(past)
    try:
        result = alarm(levels, xy, np.random.default_rng([week.year, week.number]))
    except NotEnoughData:
        return []
    if result is None or result.p > ALPHA:
        return []
    at = xy[result.centre]
    quartiers = territories.frame(conn, city.current().parts, as_known_at)
    nearest, _ = nearest_site(sites.list_all(conn, as_known_at), shapely.Point(at))
    return [
        WeekAlarm(
            week=week,
            alarm=result,
            x=float(at[0]),
            y=float(at[1]),
            territory=names(tiling, at[None, :])[0],
            quartier=names(quartiers, at[None, :])[0],
            site=nearest,
        )
    ]


def _levels(
    weeks: Sequence[WeeklyHotspots],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean heads per visit (weeks, places), NaN where nobody went, and the places' centres.

    History before the first visit of all is left out.
    """
    began = next((number for number, item in enumerate(weeks) if item.visits), len(weeks))
    kept = [item.counted for item in weeks[began:]]
    xy = np.concatenate([np.empty((0, 2)), *(item.xy for item in kept)])
    heads = np.concatenate([np.empty(0), *(item.heads for item in kept)])
    week = np.repeat(np.arange(len(kept)), [len(item) for item in kept])
    accuracy = np.concatenate([np.empty(0), *(item.accuracy_m for item in kept)])
    perimeters = weeks[-1].perimeters if weeks else ()
    grounds = assign(xy, sites=perimeters, accuracy_m=accuracy)
    place, shape = grounds.index, (len(kept), len(grounds))
    cell = week * shape[1] + place
    visits = np.bincount(cell, minlength=shape[0] * shape[1])
    total = np.bincount(cell, heads, shape[0] * shape[1])
    mean = np.divide(total, visits, out=np.full(len(visits), np.nan), where=visits > 0)
    return mean.reshape(shape), grounds.centre
