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
"""One row for each decision; `known` begins with it. Which sighting counts is in
`sighting.superseded_by`, which is temporal like all columns of a sighting.
"""
