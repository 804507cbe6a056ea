"""The optional short note of a sighting, in a table of its own that is empty by default."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from geosites.db import temporal
from geosites.db.schema.conventions import CURRENT, known, known_form, metadata

table = sa.Table(
    "sighting_note",
    metadata,
    sa.Column("sighting", UUID_TYPE(as_uuid=True), primary_key=True),
    sa.Column("note", sa.Text, nullable=False),
    known(),
    known_form(),
    sa.CheckConstraint("length(note) BETWEEN 1 AND 140", name="length"),
    sa.Index("sighting_note_current", "sighting", unique=True, postgresql_where=CURRENT),
)


def add(conn: sa.Connection, sighting: UUID, note: str) -> bool:
    """Store a note that identifies nobody; return False if it is already stored.

    Raises `Conflict` if the sighting has another note.
    """
    return temporal.add(conn, table, {"sighting": sighting, "note": note})


def of(conn: sa.Connection, sightings: Iterable[UUID]) -> dict[UUID, str]:
    """Return the current notes of some sightings; those without one are left out."""
    asked = table.c.sighting.in_(list(sightings))
    result = conn.execute(sa.select(table.c.sighting, table.c.note).where(CURRENT, asked))
    return {row.sighting: row.note for row in result}
