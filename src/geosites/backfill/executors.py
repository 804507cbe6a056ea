"""Executors: this process, or Dask workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from geosites.backfill.shards import ShardedTerritories
from geosites.backfill.visit_sources import VisitSource
from geosites.core.errors import Refused

Job = TypeVar("Job")
Result = TypeVar("Result")

RETRIES = 3
"""How often a job is tried again after its worker is lost."""


class Engine(Protocol):
    """Interface of executors; results are yielded as they are ready, in any order."""

    def run(
        self,
        work: Callable[[Job, VisitSource, ShardedTerritories], Result],
        todo: Sequence[Job],
        source: VisitSource,
        ground: ShardedTerritories,
    ) -> Iterator[Result]:
        """Yield the result of `work` for each job."""


class LocalEngine:
    """One job after the other, in this process."""

    def run(
        self,
        work: Callable[[Job, VisitSource, ShardedTerritories], Result],
        todo: Sequence[Job],
        source: VisitSource,
        ground: ShardedTerritories,
    ) -> Iterator[Result]:
        """Yield the result of `work` for each job."""
        return (work(job, source, ground) for job in todo)


@dataclass(frozen=True)
class DaskEngine:
    """Dask workers: those of a scheduler, or `workers` temporary local processes.

    A job whose worker is lost is repeated by another, with the same bytes. Raises `Refused` if Dask
    is not installed, or the workers cannot read the source.
    """

    scheduler: str | None = None
    workers: int = 2

    def run(
        self,
        work: Callable[[Job, VisitSource, ShardedTerritories], Result],
        todo: Sequence[Job],
        source: VisitSource,
        ground: ShardedTerritories,
    ) -> Iterator[Result]:
        """Yield the result of `work` for each job."""
        if self.scheduler is not None:
            source.require_reach(self.scheduler)
        distributed = _distributed()
        with self._client(distributed) as client:
            shared = client.scatter(ground, broadcast=True, hash=False)
            futures = client.map(
                work, todo, source=source, ground=shared, pure=False, retries=RETRIES
            )
            done = distributed.as_completed(futures, with_results=True)
            yield from (result for _, result in done)

    @contextmanager
    def _client(self, distributed: Any) -> Iterator[Any]:
        if self.scheduler is not None:
            try:
                client = distributed.Client(self.scheduler, timeout="10s")
            except OSError as error:
                raise Refused(
                    "--scheduler %(scheduler)s: %(error)s", scheduler=self.scheduler, error=error
                ) from error
            with client:
                yield client
            return
        own = distributed.LocalCluster(
            n_workers=self.workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
        with own, distributed.Client(own) as client:
            yield client


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise Refused("--engine dask: install it first (pip install 'geosites[dask]')") from error
    return distributed
