"""Partner releases: partners see released figures only, not every revision.

Two revisions of a week differ by the persons of a late sighting, so that whoever sees both learns
their number. A week is therefore released once, some time after its end, and again only when every
count either stays the same or changes by at least the threshold. A displacement study is released
once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from pydantic_core import from_json, to_json

from geosites import services
from geosites.analysis.cell_suppression import THRESHOLD, far_apart
from geosites.core.documents.displacement import PartnerDisplacement
from geosites.core.documents.displacement_figures import Window
from geosites.core.documents.weeks import TerritoryRow
from geosites.core.errors import NotEnoughData
from geosites.core.weeks import IsoWeek
from geosites.db.publication import partner_releases
from geosites.db.publication.partner_releases import Release, Rows
from geosites.permissions.redaction.partner_fields import COUNTED
from geosites.services.displacement_studies.events import DispersalEvent

RELEASED_AFTER = dt.timedelta(hours=36)
"""How long late reports of a week are waited for, and of the weeks after an event."""

FIGURES = 3
"""How many numbers can be worked out of the released row of a territory (`counts`)."""


def released(
    conn: sa.Connection,
    weeks: Sequence[IsoWeek],
    now: dt.datetime,
    threshold: float = THRESHOLD,
) -> list[Release]:
    """Return the figures of consecutive weeks that partners see now; the first query releases them.

    Raises `NotEnoughData` if the last week has not been over for long enough.
    """
    last, due = weeks[-1], weeks[-1].end + RELEASED_AFTER
    if now < due:
        raise NotEnoughData(
            "week %(last)s is released on %(due)s", "not_released", last=last, due=due
        )
    tables = services.territory_weeks(conn, last, len(weeks)).tables()
    answer = [[COUNTED.tell(row) for row in table] for table in tables]
    known = partner_releases.latest(conn, weeks)
    if _due(weeks, answer, known, now, threshold) and _in_turn(conn, weeks, known):
        known = partner_releases.latest(conn, weeks)
        fresh = _due(weeks, answer, known, now, threshold)
        partner_releases.add(conn, fresh)
        known = {**known, **{release.week: release for release in fresh}}
    return [known[week] for week in weeks]


def _due(
    weeks: Sequence[IsoWeek],
    tables: Sequence[Rows],
    known: Mapping[IsoWeek, Release],
    now: dt.datetime,
    threshold: float,
) -> list[Release]:
    """Return the releases to be made of weeks with these rows."""
    return [
        Release(week, now, rows)
        for week, rows in zip(weeks, tables, strict=True)
        if week not in known or _may_follow(known[week].rows, rows, threshold)
    ]


def _in_turn(
    conn: sa.Connection, weeks: Sequence[IsoWeek], known: Mapping[IsoWeek, Release]
) -> bool:
    """Return whether this transaction releases now; it waits for another one only if necessary.

    If each week has a release already, that one is returned while another transaction makes new
    ones.
    """
    if all(week in known for week in weeks):
        return partner_releases.try_lock(conn)
    partner_releases.lock(conn)
    return True


def released_event(
    conn: sa.Connection,
    about: DispersalEvent,
    now: dt.datetime,
    tell: Callable[[], PartnerDisplacement],
) -> PartnerDisplacement:
    """Return the partner document of a displacement study; the first query releases it.

    `tell` makes the document. Raises `NotEnoughData` if its window has not been over for long
    enough.
    """
    if partner_releases.of_event(conn, about.key) is None:
        answer = tell()
        due = answer["after"]["end"] + RELEASED_AFTER
        if now < due:
            raise NotEnoughData(
                "what followed %(key)s is released on %(due)s",
                "not_released",
                key=about.key,
                due=due,
            )
        text = to_json({**answer, "as_known_at": now}, inf_nan_mode="null")
        partner_releases.add_event(conn, about.key, now, from_json(text))
    return _with_instants(partner_releases.of_event(conn, about.key) or {})


def latest_released(conn: sa.Connection, now: dt.datetime) -> IsoWeek:
    """Return the latest week with sightings that partners may see; raises `NotEnoughData`."""
    week = services.latest_week(conn)
    return min(
        week, IsoWeek.containing(now - RELEASED_AFTER).shift(-1), key=lambda item: item.monday
    )


def counts(row: TerritoryRow) -> list[float]:
    """Return all that can be worked out of the figures of a territory: they, and their difference.

    `heads_counted` less `heads` is what second visits saw: where there was one, a place's count.
    """
    heads, counted = float(row["heads"]), float(row["heads_counted"])
    return [heads, counted, max(0.0, counted - heads)]


def _with_instants(kept: Mapping[str, object]) -> PartnerDisplacement:
    """Return a stored document about an event with its instants parsed."""
    document = cast("PartnerDisplacement", dict(kept))
    event = document["event"]
    document["before"] = _window(document["before"])
    document["after"] = _window(document["after"])
    document["event"] = {**event, "at": _instant(event["at"])}
    document["as_known_at"] = _instant(document["as_known_at"])
    return document


def _window(kept: Window) -> Window:
    return {"start": _instant(kept["start"]), "end": _instant(kept["end"])}


def _instant(kept: object) -> dt.datetime:
    return dt.datetime.fromisoformat(str(kept))


def _may_follow(old: Rows, new: Rows, threshold: float) -> bool:
    """Return whether `new` differs from `old`, and by nothing small."""
    if old == new:
        return False
    codes = sorted({row["code"] for row in (*old, *new)})
    return far_apart(_counts(old, codes), _counts(new, codes), threshold)


def _counts(rows: Rows, codes: list[str]) -> npt.NDArray[np.float64]:
    known = {row["code"]: counts(row) for row in rows}
    none = [0.0] * FIGURES
    return np.array([known.get(code, none) for code in codes]).reshape(-1, FIGURES)
