"""Store metrics for operators."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.schema.journal import head
from geosites.db.schema.sightings import sighting
from geosites.db.temporal import known_among_many


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """Sightings observed since an instant, entries the journal ever had, bytes of the database."""

    sightings: int
    entries: int
    size_bytes: int


def vitals(conn: sa.Connection, since: dt.datetime) -> Vitals:
    """Return the numbers; each is found by an index or in a few rows."""
    seen = sa.select(sa.func.count()).select_from(sighting)
    seen = seen.where(sighting.c.observed_at >= since, known_among_many(sighting, None))
    entries = sa.select(sa.func.coalesce(sa.func.sum(head.c.seq), 0))
    size = sa.func.pg_database_size(sa.func.current_database())
    statement = sa.select(
        seen.scalar_subquery().label("sightings"),
        entries.scalar_subquery().label("entries"),
        size.label("size_bytes"),
    )
    row = conn.execute(statement).one()
    return Vitals(**{name: int(value) for name, value in row._mapping.items()})
