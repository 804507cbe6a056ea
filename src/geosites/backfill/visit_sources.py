"""Sources of visits for a worker: PostGIS, or GeoParquet files from `geosites export`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import shapely

from geosites.core import city
from geosites.core.crs import to_metric
from geosites.core.errors import Refused
from geosites.core.precision import LOCATED_M
from geosites.core.records import EFFORT
from geosites.db.postgres.connection import Store
from geosites.db.reports import visits
from geosites.db.reports.visits import Box

_COLUMNS = ("observed_at", "headcount", "origin", "geometry")
_IF_THERE = ("accuracy_m", "verified")


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Visits and reports: `xy` (n, 2) metres, `at` (n,) datetime64[us] in UTC, heads, origin.

    `accuracy_m` is that of the position, NaN where unknown. Rejected sightings are left out, and
    those with an accuracy worse than `LOCATED_M`.
    """

    xy: npt.NDArray[np.float64]
    at: npt.NDArray[np.datetime64]
    heads: npt.NDArray[np.float64]
    origin: npt.NDArray[np.str_]
    accuracy_m: npt.NDArray[np.float64]

    def where(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Seen:
        """Return some of them."""
        return Seen(
            xy=self.xy[chosen],
            at=self.at[chosen],
            heads=self.heads[chosen],
            origin=self.origin[chosen],
            accuracy_m=self.accuracy_m[chosen],
        )

    def ordered(self) -> Seen:
        """Return them in an order that does not depend on how they were stored."""
        keys = (self.accuracy_m, self.origin, self.heads, self.xy[:, 1], self.xy[:, 0], self.at)
        return self.where(np.lexsort(keys))

    def within(self, box: Box) -> Seen:
        """Return those inside a box."""
        west, south, east, north = box
        x, y = self.xy.T
        return self.where((x >= west) & (x <= east) & (y >= south) & (y <= north))


@dataclass(frozen=True, kw_only=True)
class VisitBatch:
    """Data read for some weeks: visits inside a box, and the Mondays with known effort.

    The latter refer to the whole week, wherever an empty visit was made.
    """

    seen: Seen
    effort_known: frozenset[dt.date]


class VisitSource(Protocol):
    """Interface of sources that a worker reads by time and area."""

    def read(self, start: dt.datetime, end: dt.datetime, box: Box | None) -> VisitBatch:
        """Return what was observed in a box from `start` to before `end`; None is everywhere."""

    def require_reach(self, scheduler: str) -> None:
        """Raise `Refused` where workers of a scheduler at this address could not read it."""


@dataclass(frozen=True)
class PostgisSource:
    """A store. `url` must be one that the workers can reach."""

    url: str

    def read(self, start: dt.datetime, end: dt.datetime, box: Box | None) -> VisitBatch:
        """Return what was observed in a box from `start` to before `end`, merged ones once."""
        with _store(self.url).begin() as conn:
            result = visits.during(conn, start, end, box=box)
            effort_known = visits.effort_weeks(conn, start, end)
        seen = Seen(
            xy=result.xy,
            at=result.observed_at,
            heads=result.heads.astype(np.float64),
            origin=result.origin,
            accuracy_m=result.accuracy_m,
        )
        return VisitBatch(seen=seen, effort_known=effort_known)

    def require_reach(self, scheduler: str) -> None:
        """Refuse a private store, which has a socket on this machine and no more."""
        if not _is_here(scheduler) and "host=%2F" in self.url.replace("host=/", "host=%2F"):
            raise Refused(
                "the workers at %(scheduler)s cannot reach the private store of this "
                "machine: set GEOSITES_DATABASE_URL to one that they can, or give them "
                "GeoParquet by --source",
                scheduler=scheduler,
            )


@dataclass(frozen=True)
class ParquetSource:
    """One GeoParquet file of sightings, or a folder of them, in WGS 84.

    Row groups in order of `observed_at` are skipped unread, so that memory is bounded by the
    requested weeks and not by the file.
    """

    path: str

    def read(self, start: dt.datetime, end: dt.datetime, box: Box | None) -> VisitBatch:
        """Return what was observed in a box from `start` to before `end`; None is everywhere."""
        everything = self._everything(start, end)
        seen = everything if box is None else everything.within(box)
        return VisitBatch(seen=seen, effort_known=_effort_known(everything))

    def _everything(self, start: dt.datetime, end: dt.datetime) -> Seen:
        table = self._table(start, end)
        at = _instants(table["observed_at"])
        first, last = (np.datetime64(edge.replace(tzinfo=None), "us") for edge in (start, end))
        located = np.nan_to_num(_accuracies(table)) <= LOCATED_M
        during = np.flatnonzero((at >= first) & (at < last) & located)
        table, at = table.take(during), at[during]
        lonlat = shapely.get_coordinates(shapely.from_wkb(table["geometry"].to_numpy()))
        return Seen(
            xy=to_metric(lonlat.reshape(-1, 2)),
            at=at,
            heads=table["headcount"].to_numpy().astype(np.float64),
            origin=table["origin"].to_numpy(zero_copy_only=False).astype(np.str_),
            accuracy_m=_accuracies(table),
        )

    def _table(self, start: dt.datetime, end: dt.datetime) -> pa.Table:
        """Return the rows of these days and a little more; other row groups are not read."""
        if not Path(self.path).exists():
            raise Refused("%(path)s: no such file or folder on this worker", path=self.path)
        data = ds.dataset(self.path, format="parquet")
        missing = [name for name in _COLUMNS if name not in data.schema.names]
        if missing:
            raise Refused(
                "%(path)s: no column %(missing)s", path=self.path, missing=", ".join(missing)
            )
        first, last = start - dt.timedelta(days=1), end + dt.timedelta(days=2)
        if pa.types.is_timestamp(data.schema.field("observed_at").type):
            edges = [pa.scalar(edge, pa.timestamp("us", "UTC")) for edge in (first, last)]
        else:
            edges = [pa.scalar(edge.date().isoformat()) for edge in (first, last)]
        when = pc.field("observed_at")
        chosen = (when >= edges[0]) & (when < edges[1])
        there = [name for name in _IF_THERE if name in data.schema.names]
        if "verified" in there and pa.types.is_boolean(data.schema.field("verified").type):
            chosen = chosen & pc.coalesce(pc.field("verified"), True)
        return data.to_table(columns=[*_COLUMNS, *there], filter=chosen)

    def require_reach(self, scheduler: str) -> None:
        """Every worker needs the file; a worker without it reports that."""


def _accuracies(table: pa.Table) -> npt.NDArray[np.float64]:
    """Return the accuracy of each position, NaN where it is not known, or the file has none."""
    if "accuracy_m" not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(table["accuracy_m"].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _effort_known(seen: Seen) -> frozenset[dt.date]:
    empty = np.isin(seen.origin, [str(item) for item in EFFORT]) & (seen.heads == 0)
    days = pd.DatetimeIndex(seen.at[empty]).tz_localize("UTC").tz_convert(city.zone())
    days = days.tz_localize(None).normalize()
    mondays = (days - pd.to_timedelta(days.day_of_week, unit="D")).unique()
    return frozenset(monday.date() for monday in mondays)


def _instants(column: pa.ChunkedArray) -> npt.NDArray[np.datetime64]:
    """Return instants in UTC from timestamps, or from text as our exports write it.

    A bare date is midnight in the city.
    """
    if pa.types.is_timestamp(column.type):
        stamps = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
        return np.asarray(stamps.to_numpy(), dtype="datetime64[us]")
    text = column.to_pandas()
    dated = text.str.len() == len("2022-10-05")
    result = np.empty(len(text), dtype="datetime64[us]")
    for chosen, zone in ((dated, city.zone()), (~dated, None)):
        read = pd.DatetimeIndex(pd.to_datetime(text[chosen], format="ISO8601", utc=zone is None))
        read = read if zone is None else read.tz_localize(zone).tz_convert("UTC")
        result[chosen.to_numpy(dtype=bool)] = read.tz_localize(None).to_numpy()
    return result


def _is_here(scheduler: str) -> bool:
    host = scheduler.rpartition("//")[2].rpartition(":")[0].strip("[]")
    return host in ("127.0.0.1", "::1", "localhost")


@lru_cache(maxsize=2)
def _store(url: str) -> Store:
    return Store(url, pool_size=1)
