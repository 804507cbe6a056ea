"""Which figures of a week partners see: those that were released, and not every revision.

Two revisions of a week differ by the persons of a late sighting, so that whoever sees both knows
their number. A week is therefore released once, some time after its end, and again only when every
count stays or moves by the threshold and more.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from geosites import studies
from geosites.analysis.disclosure import THRESHOLD, far_apart
from geosites.errors import NotEnoughData
from geosites.store import releases
from geosites.store.releases import Release, Rows
from geosites.weeks import IsoWeek

RELEASED_AFTER = dt.timedelta(hours=36)
"""How long late reports of a week are waited for."""

COUNTS = ("heads", "heads_counted")


def released(
    conn: sa.Connection, week: IsoWeek, now: dt.datetime, threshold: float = THRESHOLD
) -> Release:
    """Return the figures of a week that partners see now; the first to ask makes the release.

    Raises `NotEnoughData` where the week is not over long enough.
    """
    due = week.end + RELEASED_AFTER
    if now < due:
        raise NotEnoughData(f"week {week} is released on {due.isoformat()}", "not_released")
    releases.lock(conn, week)
    last = releases.latest(conn, [week]).get(week)
    rows: Rows = studies.hotspots(conn, week).document()["territories"]
    if last is not None and not _may_follow(last.rows, rows, threshold):
        return last
    fresh = Release(week, now, rows)
    releases.add(conn, fresh)
    return fresh


def latest_released(conn: sa.Connection, now: dt.datetime) -> IsoWeek:
    """Return the latest week with sightings that partners may see; raises `NotEnoughData`."""
    week = studies.latest_week(conn)
    return min(week, IsoWeek.containing(now - RELEASED_AFTER).shift(-1), key=lambda one: one.monday)


def _may_follow(old: Rows, new: Rows, threshold: float) -> bool:
    """Return whether `new` differs from `old`, and by nothing small."""
    if old == new:
        return False
    codes = sorted({row["code"] for row in (*old, *new)})
    return far_apart(_counts(old, codes), _counts(new, codes), threshold)


def _counts(rows: Rows, codes: list[str]) -> npt.NDArray[np.float64]:
    known: dict[str, dict[str, Any]] = {row["code"]: row for row in rows}
    none = dict.fromkeys(COUNTS, 0)
    return np.array([[known.get(code, none)[name] for name in COUNTS] for code in codes]).reshape(
        -1, len(COUNTS)
    )
