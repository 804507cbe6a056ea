"""Backfill jobs: weeks by shards of territories, in batches, and the rows they return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from geosites.analysis.hotspots.week_visits import WeekVisits
from geosites.analysis.hotspots.weekly_hotspots import week_places
from geosites.analysis.places import Places
from geosites.analysis.territory_people_present import ROW, standing
from geosites.backfill.executors import Engine
from geosites.backfill.shards import Shard, ShardedTerritories
from geosites.backfill.visit_sources import Seen, VisitSource
from geosites.core.errors import Refused
from geosites.core.weeks import IsoWeek

Rows = npt.NDArray[np.void]
Indices = npt.NDArray[np.int64]
Item = TypeVar("Item")

WEEK_ROW = np.dtype([("monday", "M8[D]"), *((name, ROW[name]) for name in ROW.names or ())])
"""One territory in one week."""

BATCH_WEEKS = 13


@dataclass(frozen=True)
class Job:
    """Units that a worker reads together: consecutive weeks of some shards."""

    weeks: tuple[IsoWeek, ...]
    shards: tuple[int, ...]


def jobs(
    first: IsoWeek,
    last: IsoWeek,
    ground: ShardedTerritories,
    *,
    weeks_at_once: int = BATCH_WEEKS,
    shards_at_once: int | None = None,
) -> list[Job]:
    """Return the weeks from `first` to `last`, both included, by shards, in batches.

    By default a job takes all shards of its weeks: one city is read quickest so.
    """
    count = (last.monday - first.monday).days // 7 + 1
    if count < 1:
        raise Refused("week %(last)s lies before week %(first)s", last=last, first=first)
    weeks = [first.shift(number) for number in range(count)]
    return [
        Job(tuple(some_weeks), tuple(some_shards))
        for some_weeks in _batches(weeks, weeks_at_once)
        for some_shards in _batches(range(len(ground)), shards_at_once or len(ground))
    ]


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def measure(job: Job, source: VisitSource, ground: ShardedTerritories) -> Rows:
    """Return the rows (`WEEK_ROW`) of a job, by week and territory."""
    start, end = job.weeks[0].start, job.weeks[-1].end
    reading = source.read(start, end, ground.box(job.shards))
    seen = reading.seen.ordered()
    starts = [np.datetime64(week.start.replace(tzinfo=None), "us") for week in job.weeks]
    weeks = np.split(np.arange(len(seen.at)), np.searchsorted(seen.at, starts[1:]))
    result = []
    for week, rows in zip(job.weeks, weeks, strict=True):
        placed = _Placed.of(seen.where(rows), ground, week.monday in reading.effort_known)
        result += [_unit(week, ground.shards[number], placed) for number in job.shards]
    return _sorted(result)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Placed:
    """The visits of a week that were read, with their places.

    `place` (n,) is -1 for those that do not count; `home` (places,) and `told` (n,) are rows of
    the territories of `ground`.
    """

    visits: WeekVisits
    effort_known: bool
    ground: ShardedTerritories
    place: Indices
    home: Indices
    told: Indices
    core: npt.NDArray[np.bool_]
    grounds: Places

    @classmethod
    def of(cls, seen: Seen, ground: ShardedTerritories, effort_known: bool) -> _Placed:
        origin = seen.origin if len(seen.origin) else "patrol"
        visits = WeekVisits.of(seen.xy, seen.heads, origin, accuracy_m=seen.accuracy_m)
        counts = visits.effort if effort_known else np.ones(len(visits), dtype=bool)
        grounds = week_places(visits.where(counts), ground.perimeters)
        place = np.full(len(visits), -1, dtype=np.int64)
        place[counts] = grounds.index
        core = np.zeros(len(visits), dtype=bool)
        core[counts] = grounds.core
        return cls(
            visits=visits,
            effort_known=effort_known,
            ground=ground,
            place=place,
            home=ground.homes(grounds),
            told=ground.within(visits.xy),
            core=core,
            grounds=grounds,
        )

    def chosen(self, shard: Shard) -> npt.NDArray[np.bool_]:
        """Return the visits in and around a shard, and those to its places."""
        west, south, east, north = shard.box
        x, y = self.visits.xy.T
        near = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        own = np.append(self._rows(shard, self.home) >= 0, False)
        return np.asarray(near | own[self.place])

    def of_shard(self, shard: Shard, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """Return the places of the chosen visits, by the codes of a shard."""
        place = self.place[chosen]
        used, index = np.unique(place[place >= 0], return_inverse=True)
        return {
            "grounds": Places(
                index=index,
                centre=self.grounds.centre[used],
                site=self.grounds.site[used],
                core=self.core[chosen][place >= 0],
            ),
            "home": self._rows(shard, self.home[used]),
            "told": self._rows(shard, self.told[chosen]),
        }

    def _rows(self, shard: Shard, rows: Indices) -> Indices:
        first, end = self.ground.starts[shard.number : shard.number + 2]
        return np.where((rows >= first) & (rows < end), rows - first, -1)


def _unit(week: IsoWeek, shard: Shard, placed: _Placed) -> Rows:
    """Return the rows of one shard in one week; the random seed depends on both."""
    chosen = placed.chosen(shard)
    chance = np.random.default_rng([week.year, week.number, shard.number])
    rows = standing(
        placed.visits.where(chosen),
        shard.codes,
        shard.areas,
        chance,
        effort_known=placed.effort_known,
        **placed.of_shard(shard, chosen),
    )
    dated = np.empty(len(rows), dtype=WEEK_ROW)
    dated["monday"] = np.datetime64(week.monday, "D")
    for name in ROW.names or ():
        dated[name] = rows[name]
    return dated


def backfill(
    todo: Sequence[Job],
    source: VisitSource,
    ground: ShardedTerritories,
    engine: Engine,
    progress: Callable[[int, int], None] | None = None,
) -> Rows:
    """Return the rows of all jobs by week and territory; `progress` is called for finished jobs."""
    result = []
    for number, rows in enumerate(engine.run(measure, todo, source, ground), start=1):
        result.append(rows)
        if progress is not None:
            progress(number, len(todo))
    return _sorted(result)


def _sorted(found: Sequence[Rows]) -> Rows:
    rows = np.concatenate(found) if found else np.empty(0, dtype=WEEK_ROW)
    return rows[np.lexsort((rows["territory"], rows["monday"]))]
