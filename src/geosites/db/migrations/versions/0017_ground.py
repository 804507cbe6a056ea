"""Keep what lies under the maps: water, rails, main streets, stations.

Revision: 0017
Follows: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; `geosites geo load` fills the table."""
    op.create_table(
        "ground_feature",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("grade", sa.Text),
        sa.Column("modes", ARRAY(sa.Text), nullable=False),
        sa.Column("shape", Geometry("GEOMETRY", srid=2154, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("ground_feature_pkey")),
    )
    op.create_table(
        "ground_loaded",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("ground_loaded_pkey")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("ground_loaded")
    op.drop_table("ground_feature")
