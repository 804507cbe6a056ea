"""The table of issued bulletins; rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from geosites.db.schema.conventions import metadata

_INSTANT = sa.DateTime(timezone=True)

bulletin = sa.Table(
    "bulletin",
    metadata,
    sa.Column("monday", sa.Date, primary_key=True),
    sa.Column("edition", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("as_known_at", _INSTANT, nullable=False),
    sa.Column("issued_at", _INSTANT, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("content_sha256", sa.Text, nullable=False),
    sa.Column("files_sha256", JSONB, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.CheckConstraint("edition IN ('service', 'partner')", name="edition_known"),
    sa.CheckConstraint("revision >= 1", name="revision_sign"),
    sa.CheckConstraint("extract(isodow FROM monday) = 1", name="monday_is_one"),
    sa.CheckConstraint(
        "content_sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')",
        name="content_sha256_holds",
    ),
)
"""One row per issued revision. `content` is text, preserved byte for byte, since its digest is
printed.
"""
