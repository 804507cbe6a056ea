"""Detection probability of crews, from scenes that two crews counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.analysis.abundance import crew_detection as method
from geosites.analysis.abundance.crew_detection import DetectionEstimate
from geosites.analysis.abundance.double_counts import LEVEL, Interval
from geosites.analysis.abundance.pairing import paired
from geosites.core.documents.crew_detection import BoundedValue, DetectionDocument, SeenShare
from geosites.core.same_scene import SAME_SCENE_M, SAME_SCENE_MIN
from geosites.core.weeks import FIRST_YEAR
from geosites.db.maintenance import store_flags
from geosites.db.reports import double_counts

WEEKS = 26
"""Weeks of double counts that are pooled, by default: half a year."""

_EARLIEST = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
"""Nothing was counted before this, and no span of weeks has to reach further back."""


@dataclass(frozen=True, kw_only=True)
class CrewDetection:
    """The estimate, the period of its double counts, and the instant as of which they are known."""

    start: dt.datetime
    end: dt.datetime
    as_known_at: dt.datetime | None
    exercise: bool
    estimate: DetectionEstimate

    def document(self) -> DetectionDocument:
        """Return the answer as a JSON document."""
        made = self.estimate
        return {
            "start": self.start,
            "end": self.end,
            "as_known_at": self.as_known_at,
            "exercise": self.exercise,
            "pairs": made.pairs,
            "joint": made.joint,
            "contradictory": made.contradictory,
            "counted": made.counted,
            "method": made.method and made.method.value,
            "reason": made.reason and made.reason.value,
            "seen": _bounded(made.seen),
            "unseen": _bounded(made.unseen),
            "present": _bounded(made.present),
            "one_by_one": _bounded(made.one_by_one),
            "likely": made.likely,
            "overdispersion": _bounded(made.overdispersion),
            "in_groups": made.in_groups,
            "parameters": {
                "within_m": SAME_SCENE_M,
                "within_min": float(SAME_SCENE_MIN),
                "level": LEVEL,
                "fewest_pairs": method.FEWEST_PAIRS,
                "fewest_joint": method.FEWEST_JOINT,
                "fewest_people": method.FEWEST_PEOPLE,
                "group": method.GROUP,
            },
        }


def detection(
    conn: sa.Connection,
    as_of: dt.datetime,
    *,
    weeks: int = WEEKS,
    as_known_at: dt.datetime | None = None,
    within: Collection[str] = (),
    second_opinion: bool = True,
) -> CrewDetection:
    """Return the share of people that crews saw in the weeks up to an instant.

    `within` are codes of territories; none means everywhere.
    """
    start = min(as_of, max(as_of, _EARLIEST) - dt.timedelta(weeks=weeks))
    counts = double_counts.during(conn, start, as_of, as_known_at=as_known_at, within=within)
    return CrewDetection(
        start=start,
        end=as_of,
        as_known_at=as_known_at,
        exercise=store_flags.is_exercise(conn),
        estimate=method.detection(paired(counts), second_opinion=second_opinion),
    )


def seen_share(
    conn: sa.Connection, as_of: dt.datetime, as_known_at: dt.datetime | None = None
) -> SeenShare | None:
    """Return the share of half a year up to an instant in short, or None where it is not known."""
    made = detection(conn, as_of, as_known_at=as_known_at, second_opinion=False).estimate
    if made.seen is None or made.method is None:
        return None
    return {
        "pairs": made.pairs,
        "joint": made.joint,
        "method": made.method.value,
        "value": made.seen.value,
        "low": made.seen.low,
        "high": made.seen.high if made.seen.high is not None else 1.0,
    }


def _bounded(interval: Interval | None) -> BoundedValue | None:
    if interval is None:
        return None
    return {"value": interval.value, "low": interval.low, "high": interval.high}
