"""Merge sightings of one scene, and part them again.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "sighting_judgement",
        sa.Column("sighting", sa.UUID(), nullable=False),
        sa.Column("other", sa.UUID(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "same_scene",
                "sent_twice",
                "other_place",
                "other_time",
                "other_group",
                "made_in_error",
                name="judgement_reason",
            ),
            nullable=False,
        ),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)",
            name=op.f("sighting_judgement_known_form"),
        ),
        sa.CheckConstraint("other <> sighting", name=op.f("sighting_judgement_other_differs")),
        sa.PrimaryKeyConstraint("sighting", "known", name=op.f("sighting_judgement_pkey")),
    )
    op.create_index("sighting_judgement_other_idx", "sighting_judgement", ["other"])
    op.execute(
        "CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON sighting_judgement "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.create_index(
        "sighting_superseded_idx",
        "sighting",
        ["superseded_by"],
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("sighting_superseded_idx", "sighting")
    op.drop_table("sighting_judgement")
    op.execute("DROP TYPE judgement_reason")
