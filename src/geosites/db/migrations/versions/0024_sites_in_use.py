"""Sites have other names, go out of use, and are merged.

Revision: 0024
Follows: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; a site without a row is in use, under its one name, as it was loaded."""
    op.create_table(
        "site_use",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column(
            "aliases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("merged_into", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("site_use_known_form")
        ),
        sa.CheckConstraint(
            "merged_into IS NULL OR retired AND merged_into <> slug",
            name=op.f("site_use_merged_form"),
        ),
        sa.ForeignKeyConstraint(["slug"], ["site_slug.slug"], name=op.f("site_use_slug_fkey")),
        sa.PrimaryKeyConstraint("slug", "known", name=op.f("site_use_pkey")),
    )
    op.create_index(
        "site_use_current",
        "site_use",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.execute(
        "CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON site_use "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("site_use")
