"""Weeks as analysed: each one once, as long as nothing about it has changed.

What a week shows depends on its own sightings alone, so the weeks before it are kept from one
question to the next. The week's revision, read with every question, tells whether it still holds.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots import Hotspots, WeekVisits, week_hotspots
from geosites.store import sightings, visits
from geosites.store.visits import VisitColumns
from geosites.weeks import DAY_PARTS, PARIS, IsoWeek

MOST_KEPT = 300
"""Weeks kept for one store; one of 10,000 visits takes about a megabyte."""


@dataclass(frozen=True)
class _Key:
    """What the analysis of a week rests on."""

    week: IsoWeek
    as_known_at: dt.datetime | None
    revision: int
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
    revisions = sightings.revisions(conn, [week.monday for week in weeks])
    if revisions is None:
        return [_analyse(conn, week, window, as_known_at) for week in weeks]
    outline = shapely.to_wkb(shapely.envelope(window)) + str(window.area).encode()
    kept = _kept(conn.engine)
    results = []
    for week, revision in zip(weeks, revisions, strict=True):
        key = _Key(week, as_known_at, revision, outline)
        result = kept.get(key) or _analyse(conn, week, window, as_known_at)
        kept.put(key, result)
        results.append(result)
    return results


def _kept(engine: sa.Engine) -> _Kept:
    with _GUARD:
        return _KEPT.setdefault(engine, _Kept())


def _analyse(
    conn: sa.Connection,
    week: IsoWeek,
    window: shapely.Geometry,
    as_known_at: dt.datetime | None,
) -> Hotspots:
    """Return what a week shows; chance is the same for the same week."""
    seen = visits.during(conn, week.start, week.end, as_known_at=as_known_at)
    return week_hotspots(_visits(seen), window, np.random.default_rng([week.year, week.number]))


def _visits(seen: VisitColumns) -> WeekVisits:
    instants = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(PARIS)
    part = instants.hour.to_numpy(dtype=np.int64) // (24 // len(DAY_PARTS))
    return WeekVisits.of(seen.xy, seen.heads, seen.origin, np.where(seen.day_only, -1, part))
