"""Keep the network of streets and the house numbers of a street map.

Revision: 0033
Follows: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; `geosites basemap build` and `addresses` fill the tables."""
    op.create_table(
        "street_network",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("street_network_pkey")),
    )
    op.create_table(
        "address_point",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("house", sa.Integer, nullable=False),
        sa.Column("suffix", sa.Text, nullable=False),
        sa.Column("street", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("x", sa.Float(53), nullable=False),
        sa.Column("y", sa.Float(53), nullable=False),
    )
    op.create_index("address_point_key", "address_point", ["key", "house"])
    op.create_table(
        "street_map_loaded",
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("street_map_loaded_pkey")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("street_map_loaded")
    op.drop_index("address_point_key", table_name="address_point")
    op.drop_table("address_point")
    op.drop_table("street_network")
