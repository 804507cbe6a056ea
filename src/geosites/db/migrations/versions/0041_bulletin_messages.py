"""Bulletins are sent to those who subscribed to them.

Revision: 0041
Follows: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.execute("ALTER TYPE alarm_kind ADD VALUE IF NOT EXISTS 'new_bulletin'")


def downgrade() -> None:
    """Take the change back, all but the word of `alarm_kind`, which then nobody uses."""
    op.execute("DELETE FROM alarm_message WHERE kind::text = 'new_bulletin'")
    op.execute(
        "UPDATE alarm_subscription SET about = array_remove(about, 'bulletins')"
        " WHERE 'bulletins' = ANY (about)"
    )
