"""The belief just after an event, and at an instant: what statuses are decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from geosites.analysis.closure.parameters import EvidenceParameters


class Point(NamedTuple):
    """The belief just after an event. `negatives` and `parts` (a bit mask) count the visits in
    force: those since the closure began, or since the last verified positive. `covered` is the
    share of the ground that they saw.
    """

    at: int
    p: float
    negatives: int = 0
    parts: int = 0
    last_negative: int | None = None
    covered: float = 0.0
    reopened: bool = False
    contradicted: bool = False


@dataclass(frozen=True)
class BeliefAt:
    """The belief at an instant: the last point before it, and P(clear), decayed since then."""

    at: int
    point: Point
    p: float
    parameters: EvidenceParameters
