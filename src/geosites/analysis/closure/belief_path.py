"""The belief that a closed site is clear, followed event by event (`two_state_filter`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from geosites.analysis.closure.belief_point import Point
from geosites.analysis.closure.detection_probability import Detection
from geosites.analysis.closure.evidence import EvidenceKind, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.analysis.closure.status_at_instant import Path, Step
from geosites.analysis.closure.two_state_filter import YEAR_US, Belief, Floats
from geosites.analysis.closure.visit_coverage import WHOLE

NOTHING: Floats = np.empty(0)
"""The ground of a report where there is none."""


def follow(
    since: int,
    after: Sequence[VisitEvidence],
    detection: Detection,
    per_year: float,
    parameters: EvidenceParameters,
    ground: Floats = WHOLE,
) -> Path:
    """Return the path of the belief through the events since the closure began."""
    begin = partial(
        Belief, detection=detection, per_year=per_year, parameters=parameters, ground=ground
    )
    belief = begin(since, parameters.prior_clear)
    points, steps = [Point(since, parameters.prior_clear)], []
    seen, contested = np.zeros_like(ground), NOTHING
    for event in after:
        last = points[-1]
        before = last.p * math.exp(-per_year * (event.at - last.at) / YEAR_US)
        kind = event.kind
        if kind is EvidenceKind.NEGATIVE:
            fresh, new_ground = belief.miss(event)
            kind = EvidenceKind.NEGATIVE if new_ground else EvidenceKind.REPEAT
            seen = np.maximum(seen, event.sees)
            if contested is not NOTHING and _settled(contested, event.sees):
                contested = NOTHING
            missed = Point(
                at=event.at,
                p=belief.p_clear(),
                negatives=last.negatives + fresh,
                parts=last.parts | 1 << event.part,
                last_negative=event.at,
                covered=float(ground @ seen),
                reopened=last.reopened,
                contradicted=contested is not NOTHING and bool(contested.any()),
            )
            points.append(_perhaps_over(missed, parameters))
        elif kind is EvidenceKind.UNVERIFIED_POSITIVE:
            belief.report(event)
            contested = np.maximum(contested, event.sees) if len(contested) else event.sees
            points.append(_reported(last, event, belief.p_clear()))
        elif kind is EvidenceKind.VERIFIED_POSITIVE:
            belief = begin(event.at, parameters.prior_reopened, seen=event)
            seen, contested = np.zeros_like(ground), NOTHING
            points.append(Point(event.at, 0.0, reopened=True))
        after_p = before if points[-1] is last else points[-1].p
        steps.append(Step(event, kind, before, after_p))
    return Path(points=points, steps=steps, belief=belief, per_year=per_year, parameters=parameters)


def _settled(contested: Floats, sees: Floats) -> bool:
    """Return whether a visit saw at least half of the ground around a report."""
    return float(contested @ sees) >= float(contested.sum()) / 2


def _reported(last: Point, event: VisitEvidence, p: float) -> Point:
    unseen = last.reopened and last.last_negative is None
    return last._replace(at=event.at, p=0.0 if unseen else p, contradicted=True)


def _perhaps_over(point: Point, parameters: EvidenceParameters) -> Point:
    """Return a point at which a site is no longer reopened if enough visits have seen nobody.

    They need not be spread over the day: that is asked of a confirmation only.
    """
    if not point.reopened:
        return point
    enough = point.negatives >= parameters.min_negatives and point.p >= parameters.settled_p
    return point._replace(reopened=not enough)
