"""Keep the ledger of public tables: no refund, no deletion, no release that sees an old ledger.

Revision: 0052
Follows: 0048
"""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0049"
branch_labels = None
depends_on = None

KEEP_RELEASED = """
CREATE FUNCTION keep_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a released % stays, and what it spent is spent', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""

SEE_THE_LEDGER = """
CREATE FUNCTION see_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'a public table is released under read committed: an older view of the '
            'ledger would not see what another release has just spent'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    op.execute(KEEP_RELEASED)
    op.execute(
        "CREATE TRIGGER keep_released BEFORE UPDATE OR DELETE OR TRUNCATE ON public_table "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_released()"
    )
    op.execute(SEE_THE_LEDGER)
    op.execute(
        "CREATE TRIGGER see_the_ledger BEFORE INSERT ON public_table "
        "FOR EACH ROW EXECUTE FUNCTION see_the_ledger()"
    )


def downgrade() -> None:
    """Take the change back."""
    op.execute("DROP TRIGGER see_the_ledger ON public_table")
    op.execute("DROP FUNCTION see_the_ledger()")
    op.execute("DROP TRIGGER keep_released ON public_table")
    op.execute("DROP FUNCTION keep_released()")
