"""Keep each issued revision of a weekly bulletin.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEEP_ISSUED = """
CREATE FUNCTION keep_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an issued % stays as it is: issue another revision', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "bulletin",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("files_sha256", postgresql.JSONB(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "edition IN ('service', 'partner')", name=op.f("bulletin_edition_known")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("bulletin_revision_sign")),
        sa.CheckConstraint("extract(isodow FROM monday) = 1", name=op.f("bulletin_monday_is_one")),
        sa.CheckConstraint(
            "content_sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')",
            name=op.f("bulletin_content_sha256_holds"),
        ),
        sa.PrimaryKeyConstraint("monday", "edition", "revision", name=op.f("bulletin_pkey")),
    )
    op.execute(KEEP_ISSUED)
    op.execute(
        "CREATE TRIGGER keep_issued BEFORE UPDATE OR DELETE OR TRUNCATE ON bulletin "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_issued()"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("bulletin")
    op.execute("DROP FUNCTION keep_issued()")
