"""Closures that were declared by mistake are withdrawn, and put back.

Revision: 0042
Follows: 0041
"""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    for kind in ("withdrawn", "restored"):
        op.execute(f"ALTER TYPE closure_act_kind ADD VALUE IF NOT EXISTS '{kind}'")


def downgrade() -> None:
    """Keep both words: acts that say them stay true, and no value of a type can be dropped."""
