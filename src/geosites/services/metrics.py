"""Metrics for operators: how long studies take to compute; cached results are not counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prometheus_client import CollectorRegistry, Histogram

REGISTRY = CollectorRegistry()

SECONDS = Histogram(
    "geosites_study_seconds",
    "Time to make a study that was not kept.",
    ["study"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
    registry=REGISTRY,
)

Made = TypeVar("Made", bound=Callable[..., object])


def timed(study: str) -> Callable[[Made], Made]:
    """Return a decorator that measures each call of what makes a study."""

    def measured(make: Made) -> Made:
        return SECONDS.labels(study).time()(make)

    return measured
