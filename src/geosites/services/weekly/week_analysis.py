"""Cached weekly analysis: each week is analysed once until its data changes.

A week depends on its own sightings and on the known sites alone, so earlier weeks stay cached
between requests. The week's revision, read with every request, tells whether the cached result is
still valid. For an instant in the past, or the instant of the request itself, this is determined
from the sightings known at that instant.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots.emerging_hotspot_classes import HotspotHistory, course
from geosites.analysis.hotspots.tracking import Life, follow
from geosites.analysis.hotspots.weekly_hotspots import (
    WeeklyHotspots,
    WeekVisits,
    cell_exceedance,
    week_hotspots,
)
from geosites.core import city
from geosites.core.lru import OwnedCaches
from geosites.core.records import Site
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.db.geography import sites
from geosites.db.reports import sightings, visits
from geosites.db.reports.visits import VisitColumns
from geosites.services.metrics import timed

MOST_KEPT = 400
"""Cached weeks per store; a week of 10,000 visits takes about a megabyte."""

TREND_WEEKS = 12
LIFE_WEEKS = 192
"""Maximum age of a hotspot in weeks; an older one is reported as at least this old."""

FOLLOW_GAP = 1

AT_ONCE = 4
"""Number of weeks whose visits are read together, while earlier ones are analysed."""

_KEPT = OwnedCaches(MOST_KEPT)
_BY_ROWS = OwnedCaches(LIFE_WEEKS)
"""The same weeks keyed by their sightings, for queries at different instants."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Story:
    """Result of a week, with the trend and first week of each hotspot.

    `exceedance` (cells,) is the classical p of each cell, shown beside the test and not part of it.
    """

    result: WeeklyHotspots
    courses: tuple[HotspotHistory, ...]
    lives: tuple[tuple[IsoWeek, Life], ...]
    exceedance: npt.NDArray[np.float64]


def analysed(
    conn: sa.Connection,
    weeks: Sequence[IsoWeek],
    window: shapely.Geometry,
    as_known_at: dt.datetime | None = None,
) -> list[WeeklyHotspots]:
    """Return the results of consecutive `weeks` inside `window`, in order."""
    return _Past.of(conn, weeks, window, as_known_at).last(len(weeks))


def told(
    conn: sa.Connection,
    week: IsoWeek,
    window: shapely.Geometry,
    as_known_at: dt.datetime | None = None,
) -> Story:
    """Return a week with its past: trends over 12 weeks, lives as far back as needed."""
    weeks = [week.shift(-back) for back in reversed(range(LIFE_WEEKS))]
    past = _Past.of(conn, weeks, window, as_known_at)
    if past.revisions is None:
        return _tell(past)
    key = (week, as_known_at, past.outline, *past.revisions)
    return _KEPT.of(conn.engine).get(key, lambda: _tell(past))


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Consecutive weeks of a store, each analysed on demand and cached while valid."""

    conn: sa.Connection
    weeks: Sequence[IsoWeek]
    window: shapely.Geometry
    as_known_at: dt.datetime | None
    perimeters: Sequence[shapely.Geometry]
    outline: bytes
    revisions: list[int] | None
    found: dict[IsoWeek, WeeklyHotspots] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        conn: sa.Connection,
        weeks: Sequence[IsoWeek],
        window: shapely.Geometry,
        as_known_at: dt.datetime | None,
    ) -> _Past:
        known = sites.list_all(conn, as_known_at)
        return cls(
            conn=conn,
            weeks=weeks,
            window=window,
            as_known_at=as_known_at,
            perimeters=[site.perimeter for site in known],
            outline=_outline(window, known),
            revisions=sightings.revisions(conn, [week.monday for week in weeks]),
        )

    def last(self, count: int) -> list[WeeklyHotspots]:
        """Return the results of the last `count` weeks; none is read twice in one query."""
        first = len(self.weeks) - count
        asked = self.weeks[first:]
        lacking = [week for week in asked if week not in self.found]
        with ThreadPoolExecutor(max_workers=1) as reader:
            rows = _RowsAhead(
                conn=self.conn, weeks=lacking, as_known_at=self.as_known_at, reader=reader
            )
            for number, week in enumerate(asked, start=first):
                if week not in self.found:
                    self.found[week] = self._week(number, rows)
        return [self.found[week] for week in asked]

    def _week(self, number: int, rows: _RowsAhead) -> WeeklyHotspots:
        week = self.weeks[number]
        if self.revisions is None or self.as_known_at is not None:
            return self._from_rows(week, rows)
        key = (week, self.outline, self.revisions[number])
        return _KEPT.of(self.conn.engine).get(key, lambda: self._from_rows(week, rows))

    def _from_rows(self, week: IsoWeek, rows: _RowsAhead) -> WeeklyHotspots:
        """Return the result of a week, analysed once for the same sightings at any instant."""
        seen = rows.of(week)
        key = (week, self.outline, seen.digest())
        return _BY_ROWS.of(self.conn.engine).get(key, lambda: self._analyse(week, seen))

    def _analyse(self, week: IsoWeek, seen: VisitColumns) -> WeeklyHotspots:
        """Return the result of a week; the random seed is the same for the same week."""
        chance = np.random.default_rng([week.year, week.number])
        made = week_visits(seen)
        return week_hotspots(made, self.window, chance, perimeters=self.perimeters)


@dataclass(kw_only=True)
class _RowsAhead:
    """Visits of consecutive weeks, read for several weeks at once from the first requested.

    When a second of them is requested, another thread reads the following ones on the same
    connection, which it owns until `reader` is shut down.
    """

    conn: sa.Connection
    weeks: Sequence[IsoWeek]
    as_known_at: dt.datetime | None
    reader: Executor
    _first: int = 0
    _read: VisitColumns | None = None
    _next: Future[VisitColumns] | None = None

    def of(self, week: IsoWeek) -> VisitColumns:
        """Return the visits of one of the weeks; they are requested in order."""
        number = self.weeks.index(week)
        if self._read is None or number >= self._first + AT_ONCE:
            following = self._next if number == self._first + AT_ONCE else None
            self._read = (following or self._ask(number)).result()
            self._first, self._next = number, None
        elif self._next is None and self._first + AT_ONCE < len(self.weeks):
            self._next = self._ask(self._first + AT_ONCE)
        return self._read.between(week.start, week.end)

    def _ask(self, first: int) -> Future[VisitColumns]:
        asked = self.weeks[first : first + AT_ONCE]
        return self.reader.submit(
            copy_context().run,
            visits.during,
            self.conn,
            asked[0].start,
            asked[-1].end,
            as_known_at=self.as_known_at,
        )


def _outline(window: shapely.Geometry, known: Sequence[Site]) -> bytes:
    """Return a digest input of the geography: other territories or sites give other bytes."""
    outline = hashlib.blake2b(shapely.to_wkb(shapely.envelope(window)), digest_size=16)
    outline.update(str(window.area).encode())
    for site in known:
        outline.update(shapely.to_wkb(site.perimeter))
    return outline.digest()


@timed("week")
def _tell(past: _Past) -> Story:
    count, week = TREND_WEEKS, past.weeks[-1]
    known = past.last(count)
    cells = [item.cells for item in known]
    lives = follow([item.hotspots for item in known])[-1]
    while count < LIFE_WEEKS and any(life.first <= FOLLOW_GAP for life in lives):
        count = min(count + TREND_WEEKS, LIFE_WEEKS)
        lives = follow([item.hotspots for item in past.last(count)])[-1]
    return Story(
        result=known[-1],
        courses=tuple(course(spot, cells) for spot in known[-1].hotspots),
        lives=tuple((week.shift(life.first - count + 1), life) for life in lives),
        exceedance=cell_exceedance(known[-1].cells, [item.counted for item in known[:-1]]),
    )


def week_visits(seen: VisitColumns) -> WeekVisits:
    """Return sightings as the analysis of a week takes them."""
    instants = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(city.zone())
    parts = len(DAY_PARTS)
    part = instants.hour.to_numpy(dtype=np.int64) // (24 // parts)
    date = instants.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    return WeekVisits.of(
        seen.xy,
        seen.heads,
        seen.origin,
        np.where(seen.day_only, -1, part),
        slot=date * (parts + 1) + np.where(seen.day_only, parts, part),
        accuracy_m=seen.accuracy_m,
        at=seen.observed_at,
    )
