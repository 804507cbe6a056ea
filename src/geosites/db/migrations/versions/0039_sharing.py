"""Other services are asked for the state of their closures, and what they told is kept.

Revision: 0039
Follows: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0034"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "share_peer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("token_file", sa.Text(), nullable=False),
        sa.Column("since", sa.Text()),
        sa.Column("places", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("asked", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("kept", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("told_at", _INSTANT),
        sa.PrimaryKeyConstraint("name", name=op.f("share_peer_pkey")),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name=op.f("share_peer_name_form")),
    )
    op.create_table(
        "share_change",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text()),
        sa.Column("territory", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("taken_at", _INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("peer", "place", name=op.f("share_change_pkey")),
        sa.ForeignKeyConstraint(["peer"], ["share_peer.name"], name=op.f("share_change_peer_fkey")),
    )
    op.create_table(
        "share_closure",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("closed_since", _INSTANT),
        sa.Column("closed_until", _INSTANT),
        sa.PrimaryKeyConstraint("peer", "site", name=op.f("share_closure_pkey")),
        sa.ForeignKeyConstraint(
            ["peer"], ["share_peer.name"], name=op.f("share_closure_peer_fkey")
        ),
    )


def downgrade() -> None:
    """Take the change back."""
    for table in ("share_closure", "share_change", "share_peer"):
        op.drop_table(table)
