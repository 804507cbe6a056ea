"""One territory by week: people, effort, sites and operations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots.week_visits import WeekVisits
from geosites.analysis.hotspots.weekly_hotspots import week_places, week_weights
from geosites.core import deadline
from geosites.core.documents.territories import (
    TerritoriesDocument,
    TerritoryDocument,
    TerritorySummary,
    TerritoryWeekRow,
)
from geosites.core.documents.weeks import TerritoryRow
from geosites.core.errors import NotFound
from geosites.core.records import Site
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings, visits, week_statistics
from geosites.services.closure_status.closure import ClosureAnswer, board
from geosites.services.displacement_studies import events
from geosites.services.displacement_studies.events import ListedDispersal
from geosites.services.places.geography import no_ground, within
from geosites.services.territories.territory_counts import Ints, Tally, homes, tally
from geosites.services.weekly.week_analysis import week_visits

WEEKS = 26
"""Default number of weeks: half a year."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TerritoryWeeks:
    """Every territory in consecutive weeks: one tally a week, the latest last."""

    tiling: gpd.GeoDataFrame
    weeks: tuple[IsoWeek, ...]
    tallies: tuple[Tally, ...]
    as_known_at: dt.datetime | None
    exercise: bool

    def document(self) -> TerritoriesDocument:
        """Return the weekly figures of each territory as a JSON document."""
        return {
            "first_week": str(self.weeks[0]),
            "last_week": str(self.weeks[-1]),
            "as_known_at": self.as_known_at,
            "exercise": self.exercise,
            "territories": [self.summary(row) for row in range(len(self.tiling))],
        }

    def summary(self, row: int) -> TerritorySummary:
        """Return a territory in all its weeks: means over the weeks with visits.

        Heads and share are None without visits; the share is that of all people present, over the
        weeks in which this territory was observed.
        """
        seen = [item for item in self.tallies if item.visits[row]]
        everywhere = sum(float(item.heads.sum()) for item in seen)
        here = sum(float(item.heads[row]) for item in seen)
        place = self.tiling.iloc[row]
        return {
            "code": str(place["code"]),
            "name": str(place["name"]),
            "level": str(place["level"]),
            "weeks": len(self.weeks),
            "weeks_observed": len(seen),
            "visits": int(sum(item.visits[row] for item in seen)),
            "heads": here / len(seen) if seen else None,
            "share": here / everywhere if everywhere else None,
        }

    def tables(self) -> list[list[TerritoryRow]]:
        """Return the territories of each week where anyone looked or reported, by code."""
        return [item.rows(self.tiling) for item in self.tallies]

    def course(self, row: int) -> list[TerritoryWeekRow]:
        """Return a territory week by week; heads and share are None where nobody looked."""
        return [
            {
                "week": str(week),
                "visits": int(item.visits[row]),
                "places": int(item.places[row]),
                "heads": float(item.heads[row]) if item.visits[row] else None,
                "heads_counted": int(item.heads_counted[row]),
                "share": _share(item, row),
            }
            for week, item in zip(self.weeks, self.tallies, strict=True)
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class TerritoryStory:
    """One territory: its weeks, the closures of its sites, the events in it, the latest first."""

    among: TerritoryWeeks
    row: int
    as_of: dt.datetime
    closures: list[ClosureAnswer]
    listed: list[ListedDispersal]
    names: Mapping[str, str]
    intervals: Mapping[IsoWeek, tuple[float, float]]

    def document(self) -> TerritoryDocument:
        """Return the territory as a JSON document."""
        among, summary = self.among, self.among.summary(self.row)
        return {
            "code": summary["code"],
            "name": summary["name"],
            "level": summary["level"],
            "exercise": among.exercise,
            "as_of": self.as_of,
            "as_known_at": among.as_known_at,
            "summary": {
                "weeks": summary["weeks"],
                "weeks_observed": summary["weeks_observed"],
                "visits": summary["visits"],
                "heads": summary["heads"],
                "share": summary["share"],
            },
            "weeks": self._course(),
            "sites": [answer.document() for answer in self.closures],
            "events": [item.document(self.names) for item in self.listed],
        }

    def _course(self) -> list[TerritoryWeekRow]:
        """Return the weeks, with the 90 % interval of the heads where a backfill computed it."""
        unknown = None, None
        spans = [self.intervals.get(week, unknown) for week in self.among.weeks]
        rows = zip(self.among.course(self.row), spans, strict=True)
        return [{**row, "low": low, "high": high} for row, (low, high) in rows]


def last_week(conn: sa.Connection, as_of: dt.datetime) -> IsoWeek:
    """Return the latest week with a sighting before `as_of`, or else the week of `as_of`."""
    span = sightings.span(conn)
    return IsoWeek.containing(as_of if span is None else min(as_of, span[1]))


def territory_weeks(
    conn: sa.Connection,
    last: IsoWeek,
    weeks: int = WEEKS,
    *,
    as_known_at: dt.datetime | None = None,
) -> TerritoryWeeks:
    """Return every territory in the weeks up to `last`, from one read of the sightings.

    The numbers of a week are those of its hotspots. Raises `NotEnoughData` without territories.
    """
    tiling = territories.frame(conn, as_known_at=as_known_at)
    if tiling.empty:
        raise no_ground(as_known_at)
    span = tuple(last.shift(-back) for back in reversed(range(weeks)))
    seen = visits.during(conn, span[0].start, last.end, as_known_at=as_known_at)
    starts = [np.datetime64(week.start.replace(tzinfo=None), "us") for week in span]
    cuts = np.searchsorted(seen.observed_at, starts[1:])
    order = np.split(np.arange(len(seen.heads)), cuts)
    everything, known = week_visits(seen), sites.list_all(conn, as_known_at)
    return TerritoryWeeks(
        tiling=tiling,
        weeks=span,
        tallies=tuple(_tallied(tiling, known, everything, rows) for rows in order),
        as_known_at=as_known_at,
        exercise=store_flags.is_exercise(conn),
    )


def territory(
    conn: sa.Connection,
    code: str,
    last: IsoWeek,
    as_of: dt.datetime,
    *,
    weeks: int = WEEKS,
    as_known_at: dt.datetime | None = None,
) -> TerritoryStory:
    """Return one territory through its weeks; raises `NotFound` for a code that is not known."""
    among = territory_weeks(conn, last, weeks, as_known_at=as_known_at)
    codes = [str(item) for item in among.tiling.code]
    if code not in codes:
        raise NotFound("territory", code, [item for item in codes if code in item][:3])
    row = codes.index(code)
    area = among.tiling.geometry.iloc[row]
    known = sites.list_all(conn, as_known_at)
    here = {site.slug for site in known if site.territory == code}
    return TerritoryStory(
        among=among,
        row=row,
        as_of=as_of,
        closures=board(conn, as_of, as_known_at=as_known_at, slugs=here),
        listed=_inside(events.list_all(conn, as_known_at), area),
        names={site.slug: site.name for site in known},
        intervals={} if as_known_at else week_statistics.course(conn, code, among.weeks),
    )


def _inside(listed: list[ListedDispersal], area: shapely.Geometry) -> list[ListedDispersal]:
    """Return the events whose area is mostly inside another."""
    shapely.prepare(area)
    return [item for item in listed if area.covers(shapely.point_on_surface(item.event.target))]


def _tallied(
    tiling: gpd.GeoDataFrame, known: Sequence[Site], everything: WeekVisits, rows: Ints
) -> Tally:
    """Return the tally of one week, its visits and places those of its hotspots."""
    deadline.check()
    seen = everything.where(rows)
    counted = seen.where(seen.effort) if seen.effort_known else seen
    grounds = week_places(counted, [site.perimeter for site in known])
    _, weights = week_weights(counted, grounds)
    home = homes(tiling, known, grounds)
    return tally(tiling, (home, grounds.index, weights), (within(tiling, seen.xy), seen.heads))


def _share(one: Tally, row: int) -> float | None:
    everywhere = float(one.heads.sum())
    return float(one.heads[row]) / everywhere if one.visits[row] and everywhere else None
