"""Backfill: recompute years of weeks, in this process or on Dask workers.

The unit of work is one week of one shard of territories. A worker reads the visits of its own units
and returns small rows that only need to be put together. Random seeds depend on week and shard, so
that one process, one worker and many give the same bytes.
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
