"""Which account sent a report, as long as its reporter may correct it.

A sighting only names the unit. Which account sent it is recorded in the journal, and read from
there.
"""

from __future__ import annotations

import datetime as dt
import json
from uuid import UUID

import sqlalchemy as sa

from geosites.core.errors import NotFound
from geosites.core.records import Sighting
from geosites.db import temporal
from geosites.db.reports import sightings
from geosites.db.schema.journal import JournalKind
from geosites.db.schema.journal import entry as journal
from geosites.db.schema.sightings import sighting as table

LONGEST_TRANSACTION = dt.timedelta(minutes=10)
AGAIN_WITHIN = dt.timedelta(minutes=10)
AGAIN_M = 50.0
BELIEVED_M = 100.0
"""Maximum distance of two counts of one scene by the same account: 50 m and both accuracies, of at
most 100 m each.
"""


def reporter(conn: sa.Connection, identifier: UUID, received_at: dt.datetime) -> str | None:
    """Return the login of the account that sent a sighting, or None where that is not known."""
    statement = sa.select(journal.c.actor).where(
        journal.c.at.between(received_at, received_at + LONGEST_TRANSACTION),
        journal.c.kind == JournalKind.COLLECTION,
        journal.c.refs == json.dumps([str(identifier)]),
    )
    return conn.execute(statement.order_by(journal.c.at).limit(1)).scalar()


def age_s(conn: sa.Connection, identifier: UUID) -> int:
    """Return how many seconds ago a sighting was received, by the clock that dates it.

    Raises `NotFound` where none is known by that id.
    """
    spent = conn.execute(
        sa.select(sa.func.clock_timestamp() - table.c.received_at).where(
            table.c.id == identifier, temporal.known_at(table, None)
        )
    ).scalar()
    if spent is None:
        raise NotFound("sighting", str(identifier))
    return int(spent.total_seconds())


def previous(conn: sa.Connection, sighting: Sighting, login: str) -> Sighting | None:
    """Return the latest sighting by the same account at the same place minutes before this one.

    A later observation may arrive earlier; the question is only asked about the later one.
    """
    at, point = sighting.observed_at, temporal.stored_shape(sighting.point)
    reach = AGAIN_M + min(sighting.accuracy_m or 0.0, BELIEVED_M)
    believed = sa.func.least(sa.func.coalesce(table.c.accuracy_m, 0.0), BELIEVED_M)
    statement = (
        sa.select(table)
        .where(
            temporal.known_among_many(table, None),
            table.c.observed_at.between(at - AGAIN_WITHIN, at),
            sa.func.ST_DWithin(table.c.point, point, reach + BELIEVED_M),
            sa.func.ST_Distance(table.c.point, point) <= reach + believed,
            table.c.unit.is_not_distinct_from(sighting.unit),
            sightings.not_rejected(table),
            table.c.superseded_by.is_(None),
            table.c.id != sighting.id,
        )
        .order_by(table.c.received_at.desc())
        .limit(10)
    )
    for row in conn.execute(statement).mappings():
        if reporter(conn, row["id"], row["received_at"]) == login:
            return sightings.record(row)
    return None
