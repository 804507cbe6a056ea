"""Years of weeks, computed where there is room: in this process, or by Dask on many.

The unit of work is one week of one shard of territories. A worker reads its own units, computes
small rows that need no more than to be put together, and returns those. Chance is seeded by week
and shard, so one process, one worker and many give the same bytes.
"""

from geosites.backfill.executors import DaskEngine, Engine, LocalEngine
from geosites.backfill.jobs import Job, backfill, jobs, measure
from geosites.backfill.shards import ShardedTerritories
from geosites.backfill.visit_sources import ParquetSource, PostgisSource, VisitSource

__all__ = [
    "DaskEngine",
    "Engine",
    "Job",
    "LocalEngine",
    "ParquetSource",
    "PostgisSource",
    "ShardedTerritories",
    "VisitSource",
    "backfill",
    "jobs",
    "measure",
]
