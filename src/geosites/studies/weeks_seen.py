"""Weeks as analysed: each one once, as long as nothing about it has changed.

What a week shows depends on its own sightings alone, so the weeks before it are kept from one
question to the next. A fingerprint read with every question tells whether a kept one still holds.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots import Hotspots, WeekVisits, week_hotspots
from geosites.records import TimePrecision
from geosites.store import sightings
from geosites.store.sightings import Fingerprint
from geosites.weeks import DAY_PARTS, PARIS, IsoWeek

MOST_KEPT = 300
"""Weeks kept for one store; one of 10,000 visits takes about a megabyte."""


@dataclass(frozen=True)
class _Key:
    """What the analysis of a week rests on."""

    week: IsoWeek
    as_known_at: dt.datetime | None
    fingerprint: Fingerprint
    window: bytes


class _Kept:
    """The weeks analysed for one store, the longest unused forgotten first."""

    def __init__(self) -> None:
        self._weeks: OrderedDict[_Key, Hotspots] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> Hotspots | None:
        with self._lock:
            found = self._weeks.get(key)
            if found is not None:
                self._weeks.move_to_end(key)
            return found

    def put(self, key: _Key, result: Hotspots) -> None:
        with self._lock:
            self._weeks[key] = result
            while len(self._weeks) > MOST_KEPT:
                self._weeks.popitem(last=False)


_KEPT: WeakKeyDictionary[sa.Engine, _Kept] = WeakKeyDictionary()
_GUARD = Lock()


def analysed(
    conn: sa.Connection,
    weeks: Sequence[IsoWeek],
    window: shapely.Geometry,
    as_known_at: dt.datetime | None = None,
) -> list[Hotspots]:
    """Return what consecutive `weeks` show inside `window`, in their order."""
    prints = sightings.fingerprints(
        conn, [week.start for week in weeks], weeks[-1].end, as_known_at
    )
    outline = shapely.to_wkb(shapely.envelope(window)) + str(window.area).encode()
    keys = [
        _Key(week, as_known_at, state, outline) for week, state in zip(weeks, prints, strict=True)
    ]
    kept = _kept(conn.engine)
    return [kept.get(key) or _analyse(conn, kept, key, window) for key in keys]


def analyse(week: IsoWeek, seen: gpd.GeoDataFrame, window: shapely.Geometry) -> Hotspots:
    """Return what the sightings of a week show; chance is the same for the same week."""
    return week_hotspots(_visits(seen), window, np.random.default_rng([week.year, week.number]))


def _kept(engine: sa.Engine) -> _Kept:
    with _GUARD:
        return _KEPT.setdefault(engine, _Kept())


def _analyse(conn: sa.Connection, kept: _Kept, key: _Key, window: shapely.Geometry) -> Hotspots:
    start, end = key.week.start, key.week.end
    seen = sightings.during(conn, start, end, as_known_at=key.as_known_at)
    result = analyse(key.week, seen, window)
    kept.put(key, result)
    return result


def _visits(seen: gpd.GeoDataFrame) -> WeekVisits:
    hours = seen.observed_at.dt.tz_convert(PARIS).dt.hour.to_numpy(dtype=np.int64)
    known = seen.time_precision.to_numpy() != TimePrecision.DAY.value
    return WeekVisits.of(
        shapely.get_coordinates(seen.geometry.to_numpy()),
        seen.headcount.to_numpy(),
        seen.origin.to_numpy(dtype=str),
        np.where(known, hours // (24 // len(DAY_PARTS)), -1),
    )
