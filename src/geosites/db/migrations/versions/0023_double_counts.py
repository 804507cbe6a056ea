"""Say of a sighting whether two crews counted the same scene, each by itself or both together.

Revision: 0023
Follows: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_DOUBLE_COUNT = sa.Enum("separate", "joint", name="double_count")


def upgrade() -> None:
    """Apply the change."""
    _DOUBLE_COUNT.create(op.get_bind())
    op.add_column("sighting", sa.Column("double_count", _DOUBLE_COUNT))
    op.create_index(
        "sighting_double_count_idx",
        "sighting",
        ["observed_at"],
        postgresql_where=sa.text("double_count IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("sighting_double_count_idx", table_name="sighting")
    op.drop_column("sighting", "double_count")
    _DOUBLE_COUNT.drop(op.get_bind())
