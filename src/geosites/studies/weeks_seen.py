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

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots import Hotspots, WeekVisits, week_hotspots
from geosites.store import sightings, visits
from geosites.store.sightings import Fingerprint
from geosites.store.visits import VisitColumns
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


def _kept(engine: sa.Engine) -> _Kept:
    with _GUARD:
        return _KEPT.setdefault(engine, _Kept())


def _analyse(conn: sa.Connection, kept: _Kept, key: _Key, window: shapely.Geometry) -> Hotspots:
    seen = visits.during(conn, key.week.start, key.week.end, as_known_at=key.as_known_at)
    chance = np.random.default_rng([key.week.year, key.week.number])
    result = week_hotspots(_visits(seen), window, chance)
    kept.put(key, result)
    return result


def _visits(seen: VisitColumns) -> WeekVisits:
    instants = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(PARIS)
    part = instants.hour.to_numpy(dtype=np.int64) // (24 // len(DAY_PARTS))
    return WeekVisits.of(seen.xy, seen.heads, seen.origin, np.where(seen.day_only, -1, part))
