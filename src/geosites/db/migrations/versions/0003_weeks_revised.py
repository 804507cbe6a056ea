"""Count what happens to the sightings of each week.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNT_CHANGES = """
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sighting_week AS week (monday, shard, revision)
    SELECT date_trunc('week', observed_at AT TIME ZONE 'Europe/Paris')::date,
           pg_backend_pid() % 64, count(*)
    FROM changed GROUP BY 1 ORDER BY 1
    ON CONFLICT (monday, shard) DO UPDATE SET revision = week.revision + excluded.revision;
    RETURN NULL;
END
$$
"""
"""Weeks are taken in order, so that two imports cannot wait for each other."""

EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    """Apply the change; weeks that hold sightings already begin with their number."""
    op.create_table(
        "sighting_week",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("monday", "shard", name=op.f("sighting_week_pkey")),
    )
    op.execute(
        "INSERT INTO sighting_week SELECT"
        " date_trunc('week', observed_at AT TIME ZONE 'Europe/Paris')::date, 0, count(*)"
        " FROM sighting GROUP BY 1"
    )
    op.execute(COUNT_CHANGES)
    for event, table in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER count_{event.lower()} AFTER {event} ON sighting"
            f" REFERENCING {table} TABLE AS changed"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_changes()"
        )


def downgrade() -> None:
    """Take the change back."""
    for event in EVENTS:
        op.execute(f"DROP TRIGGER count_{event.lower()} ON sighting")
    op.execute("DROP FUNCTION count_changes()")
    op.drop_table("sighting_week")
