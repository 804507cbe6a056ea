"""Keep the tables released to the public, and refuse one that the privacy budget cannot bear.

Revision: 0025
Follows: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

REFUSE_OVERSPENDING = """
CREATE FUNCTION refuse_overspending() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    spent numeric;
    allowed numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('public_table', 0));
    SELECT coalesce(sum(epsilon), 0), least(min(budget), NEW.budget) INTO spent, allowed
    FROM public_table
    WHERE date_trunc('year', quarter) = date_trunc('year', NEW.quarter);
    IF spent + NEW.epsilon > allowed THEN
        RAISE EXCEPTION 'privacy budget spent: % of %, % asked', spent, allowed, NEW.epsilon
            USING ERRCODE = 'check_violation', CONSTRAINT = 'public_table_budget';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "public_table",
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epsilon", sa.Numeric(6, 3), nullable=False),
        sa.Column("budget", sa.Numeric(6, 3), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "epsilon > 0 AND epsilon <= budget", name=op.f("public_table_epsilon_range")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("public_table_revision_sign")),
        sa.CheckConstraint(
            "quarter = date_trunc('quarter', quarter)::date",
            name=op.f("public_table_quarter_begins"),
        ),
        sa.PrimaryKeyConstraint("quarter", "revision", name=op.f("public_table_pkey")),
    )
    op.execute(REFUSE_OVERSPENDING)
    op.execute(
        "CREATE TRIGGER refuse_overspending BEFORE INSERT ON public_table "
        "FOR EACH ROW EXECUTE FUNCTION refuse_overspending()"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("public_table")
    op.execute("DROP FUNCTION refuse_overspending")
