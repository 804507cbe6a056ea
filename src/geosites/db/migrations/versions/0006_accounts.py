"""Accounts, sessions and tokens.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NO_TEXTS = sa.text("'{}'::text[]")
TABLES = (
    "oidc_attempt",
    "sign_in_wait",
    "known_device",
    "access_token",
    "session",
    "recovery_code",
    "account",
)


def upgrade() -> None:
    """Apply the change."""
    _accounts()
    _signed_in()
    _tried()


def downgrade() -> None:
    """Take the change back."""
    for name in TABLES:
        op.drop_table(name)
    op.execute("DROP TYPE account_role")


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("reporter", "coordinator", "analyst", "partner", "admin", name="account_role"),
            nullable=False,
        ),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("scope", postgresql.ARRAY(sa.Text()), server_default=NO_TEXTS, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_once", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totp_secret", sa.Text()),
        sa.Column("totp_offered", sa.Text()),
        sa.Column("totp_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("oidc_subject", sa.Text()),
        sa.CheckConstraint("login ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("account_login_form")),
        sa.PrimaryKeyConstraint("login", name=op.f("account_pkey")),
    )
    op.create_index("account_oidc_subject_key", "account", ["oidc_subject"], unique=True)
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        *_login("recovery_code"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("recovery_code_pkey")),
    )
    op.create_index("recovery_code_login_idx", "recovery_code", ["login"])


def _signed_in() -> None:
    op.create_table(
        "session",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        *_login("session"),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("owes", sa.Text()),
        sa.Column("id_token", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("session_pkey")),
    )
    op.create_index("session_login_idx", "session", ["login"])
    op.create_table(
        "access_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        *_login("access_token"),
        sa.Column("acts", postgresql.ARRAY(sa.Text()), server_default=NO_TEXTS, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("access_token_pkey")),
        sa.UniqueConstraint("secret_hash", name=op.f("access_token_secret_hash_key")),
    )
    op.create_index("access_token_login_idx", "access_token", ["login"])
    op.create_table(
        "known_device",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        *_login("known_device"),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("known_device_pkey")),
    )
    op.create_index("known_device_login_idx", "known_device", ["login"])


def _tried() -> None:
    op.create_table(
        "sign_in_wait",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("free_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("sign_in_wait_pkey")),
    )
    op.create_index("sign_in_wait_last_at_idx", "sign_in_wait", ["last_at"])
    op.create_table(
        "oidc_attempt",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("oidc_attempt_pkey")),
    )


def _login(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    reference = sa.ForeignKeyConstraint(
        ["login"], ["account.login"], name=op.f(f"{table}_login_fkey"), ondelete="CASCADE"
    )
    return sa.Column("login", sa.Text(), nullable=False), reference
