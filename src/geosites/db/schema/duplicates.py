"""The table of decisions on possible duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from geosites.db.schema.conventions import known, known_form, metadata, vocabulary
from geosites.validation.api_schemas.duplicate_schemas import JudgementReason

sighting_judgement = sa.Table(
    "sighting_judgement",
    metadata,
    sa.Column("sighting", UUID(as_uuid=True), primary_key=True),
    sa.Column("other", UUID(as_uuid=True), nullable=False),
    sa.Column("same", sa.Boolean, nullable=False),
    sa.Column("reason", vocabulary(JudgementReason, "judgement_reason"), nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    known(),
    known_form(),
    sa.CheckConstraint("other <> sighting", name="other_differs"),
    sa.Index("sighting_judgement_other_idx", "other"),
)
"""One row for each thing said; `known` begins when it was said. Which sighting counts stands in
`sighting.superseded_by`, and is known for a time like everything else about a sighting."""
