"""Heads seen beside a closed perimeter are cause for alarm."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; the first look after it tells of heads that are there already."""
    op.execute("ALTER TYPE alarm_kind ADD VALUE IF NOT EXISTS 'nearby'")
    op.add_column("alarm_status", sa.Column("nearby_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take the change back, all but the word of `alarm_kind`, which then nobody uses."""
    op.execute("DELETE FROM alarm_message WHERE kind = 'nearby'")
    op.drop_column("alarm_status", "nearby_at")
