"""The table of what the store remembers about itself."""

from __future__ import annotations

import sqlalchemy as sa

from geosites.db.schema.conventions import metadata

mark = sa.Table(
    "mark",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""What the store remembers about itself, such as that it holds an exercise."""
