"""Keep what a backfill computed of each week and territory.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "week_statistic",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("heads", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("heads_counted", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory"],
            ["territory_code.code"],
            name=op.f("week_statistic_territory_fkey"),
        ),
        sa.PrimaryKeyConstraint("territory", "monday", name=op.f("week_statistic_pkey")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("week_statistic")
