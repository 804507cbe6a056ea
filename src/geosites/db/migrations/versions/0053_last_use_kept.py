"""Keep when an account was last used once its sessions and devices are gone.

Revision: 0053
Follows: 0052
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

ENDED = ("session", "known_device")
KEEP_LAST_USE = """
CREATE FUNCTION keep_last_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_use AS kept (login, seen_at)
    SELECT gone.login, max(gone.seen_at)
    FROM gone JOIN account USING (login)
    GROUP BY gone.login
    ON CONFLICT (login) DO UPDATE SET seen_at = greatest(kept.seen_at, EXCLUDED.seen_at);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "account_use",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"],
            ["account.login"],
            name=op.f("account_use_login_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("login", name=op.f("account_use_pkey")),
    )
    op.execute(KEEP_LAST_USE)
    for table in ENDED:
        op.execute(
            f"CREATE TRIGGER keep_last_use AFTER DELETE ON {table} "
            "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_last_use()"
        )


def downgrade() -> None:
    """Take the change back."""
    for table in ENDED:
        op.execute(f"DROP TRIGGER keep_last_use ON {table}")
    op.execute("DROP FUNCTION keep_last_use()")
    op.drop_table("account_use")
