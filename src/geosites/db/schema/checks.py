"""The table of coordinators' decisions about single sightings."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from geosites.db.schema.conventions import known, known_form, metadata, vocabulary
from geosites.validation.api_schemas.check_schemas import CheckReason, CheckVerdict

sighting_check = sa.Table(
    "sighting_check",
    metadata,
    sa.Column("sighting", UUID(as_uuid=True), primary_key=True),
    sa.Column("verdict", vocabulary(CheckVerdict, "check_verdict"), nullable=False),
    sa.Column("reason", vocabulary(CheckReason, "check_reason"), nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    known(),
    known_form(),
)
"""One row for each decision; `known` begins with the resulting version of the sighting. Whether a
sighting is verified now is in `sighting.verified`.
"""
