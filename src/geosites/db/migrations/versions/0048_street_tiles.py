"""Keep the tiles of a street map that paper needs.

Revision: 0048
Follows: 0046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; the next `geosites basemap build` fills the table."""
    op.create_table(
        "street_tile",
        sa.Column("zoom", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("y", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("zoom", "x", "y", name=op.f("street_tile_pkey")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("street_tile")
