"""When each of the regular jobs is due, last ran, and how that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: a table of its own, which older code does not look at."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "job_run",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("due_at", instant),
        sa.Column("started_at", instant),
        sa.Column("ended_at", instant),
        sa.Column("succeeded_at", instant),
        sa.Column("seconds", sa.Double),
        sa.Column("error", sa.Text),
    )


def downgrade() -> None:
    """Take the change back; when jobs ran is forgotten."""
    op.drop_table("job_run")
