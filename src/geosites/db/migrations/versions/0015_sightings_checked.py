"""Coordinators verify, reject and correct sightings, and say why.

Revision: 0015
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None

VERDICTS = ("verified", "rejected", "withdrawn", "reopened", "corrected")
REASONS = (
    "on_the_spot",
    "second_report",
    "unit_confirmed",
    "wrong_place",
    "wrong_time",
    "wrong_count",
    "other_gathering",
    "not_confirmed",
    "test_report",
    "made_in_error",
    "new_information",
    "typing_error",
)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "sighting_check",
        sa.Column("sighting", sa.UUID(), nullable=False),
        sa.Column("verdict", sa.Enum(*VERDICTS, name="check_verdict"), nullable=False),
        sa.Column("reason", sa.Enum(*REASONS, name="check_reason"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("sighting_check_known_form")
        ),
        sa.PrimaryKeyConstraint("sighting", "known", name=op.f("sighting_check_pkey")),
    )
    op.execute(
        "CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON sighting_check "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("sighting_check")
    op.execute("DROP TYPE check_reason")
    op.execute("DROP TYPE check_verdict")
