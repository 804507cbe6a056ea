"""The weeks of which anything is recorded."""

from __future__ import annotations

import sqlalchemy as sa

from geosites.core.errors import NotEnoughData
from geosites.core.weeks import IsoWeek
from geosites.db.reports import sightings


def latest_week(conn: sa.Connection) -> IsoWeek:
    """Return the week of the last sighting; raises `NotEnoughData` where there is none."""
    return weeks_recorded(conn)[1]


def weeks_recorded(conn: sa.Connection) -> tuple[IsoWeek, IsoWeek]:
    """Return the weeks of the first and the last sighting; raises `NotEnoughData` if none."""
    span = sightings.span(conn)
    if span is None:
        raise NotEnoughData("no sighting has been recorded yet")
    return IsoWeek.containing(span[0]), IsoWeek.containing(span[1])
