"""Accounts have subscriptions of their own, and test messages.

Revision: 0027
Follows: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = "alarm_subscription"
CURRENT = "alarm_subscription_current"
FORM = "alarm_subscription_secret_form"
UNENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Apply the change; subscriptions that are there already are an operator's."""
    op.execute("ALTER TYPE alarm_kind ADD VALUE IF NOT EXISTS 'test'")
    op.add_column(TABLE, sa.Column("account", sa.Text()))
    op.create_foreign_key(
        op.f("alarm_subscription_account_fkey"), TABLE, "account", ["account"], ["login"]
    )
    op.drop_constraint(op.f(FORM), TABLE)
    op.create_check_constraint(
        op.f(FORM),
        TABLE,
        "(channel = 'webhook' AND account IS NULL) = (secret_file IS NOT NULL)",
    )
    op.drop_index(CURRENT, TABLE)
    op.create_index(
        CURRENT,
        TABLE,
        ["channel", "address", "account"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=UNENDED,
    )


def downgrade() -> None:
    """Take the change back, all but the word of `alarm_kind`, which then nobody uses."""
    op.execute(
        "DELETE FROM alarm_message WHERE subscription IN"
        " (SELECT id FROM alarm_subscription WHERE account IS NOT NULL)"
    )
    op.execute("DELETE FROM alarm_subscription WHERE account IS NOT NULL")
    op.drop_index(CURRENT, TABLE)
    op.drop_constraint(op.f(FORM), TABLE)
    op.create_check_constraint(
        op.f(FORM), TABLE, "(channel = 'webhook') = (secret_file IS NOT NULL)"
    )
    op.drop_column(TABLE, "account")
    op.create_index(CURRENT, TABLE, ["channel", "address"], unique=True, postgresql_where=UNENDED)
