"""Care places say in which parts of the day they are open, where that is published.

Revision: 0034
Follows: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; no value: hours are not published."""
    op.add_column("care_place", sa.Column("day_parts", postgresql.ARRAY(sa.Text())))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("care_place", "day_parts")
