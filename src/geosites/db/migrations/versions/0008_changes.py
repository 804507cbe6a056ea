"""What changed, for systems that follow.

Revision: 0008
Follows: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = (
    "sighting.added",
    "sighting.corrected",
    "sighting.merged",
    "sighting.erased",
    "operation.added",
    "operation.corrected",
    "closure.declared",
    "closure.changed",
    "closure.state",
    "week.new",
    "hotspot.new",
)

SIGHTINGS = """
CREATE FUNCTION log_sightings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (kind, monday, territory, ids)
    SELECT kind, monday, territory, array_agg(id::text ORDER BY place)
    FROM (
        SELECT kind, monday, territory, id, place,
               (row_number() OVER (PARTITION BY kind, monday, territory ORDER BY place) - 1) / 100
                   AS bundle
        FROM (
            SELECT row.id, row.territory, row_number() OVER () AS place,
                   date_trunc('week', row.observed_at AT TIME ZONE 'Europe/Paris')::date AS monday,
                   CASE
                       WHEN TG_OP = 'DELETE' THEN 'sighting.erased'
                       WHEN row.superseded_by IS NOT NULL THEN 'sighting.merged'
                       WHEN lower(row.known) <> now() AND EXISTS (
                           SELECT FROM sighting earlier
                           WHERE earlier.id = row.id AND upper(earlier.known) = lower(row.known)
                       ) THEN 'sighting.corrected'
                       ELSE 'sighting.added'
                   END::change_kind AS kind
            FROM changed AS row
        ) AS told
    ) AS bundled
    GROUP BY kind, monday, territory, bundle
    ORDER BY monday, territory, kind, bundle;
    RETURN NULL;
END
$$
"""
"""A row that is known from when its transaction began is new: corrections take the clock's time."""

OPERATIONS = """
CREATE FUNCTION log_operations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (kind, monday, territory, site, ids)
    SELECT CASE WHEN EXISTS (
               SELECT FROM operation earlier
               WHERE earlier.id = row.id AND upper(earlier.known) = lower(row.known)
           ) THEN 'operation.corrected' ELSE 'operation.added' END::change_kind,
           date_trunc('week', lower(row.during) AT TIME ZONE 'Europe/Paris')::date,
           (
               SELECT min(code) FROM territory
               WHERE upper_inf(territory.known) AND level <> 'quartier'
                   AND ST_Intersects(territory.area, ST_PointOnSurface(row.area))
           ),
           row.site, ARRAY[row.id::text]
    FROM changed AS row;
    RETURN NULL;
END
$$
"""

CLOSURES = """
CREATE FUNCTION log_closures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (kind, site, territory, ids)
    SELECT CASE WHEN EXISTS (
               SELECT FROM closure earlier
               WHERE earlier.id = row.id AND upper(earlier.known) = lower(row.known)
           ) THEN 'closure.changed' ELSE 'closure.declared' END::change_kind,
           row.site,
           (SELECT territory FROM site WHERE slug = row.site AND upper_inf(known)),
           ARRAY[row.id::text]
    FROM changed AS row;
    RETURN NULL;
END
$$
"""
LOGGED = (
    ("sighting", "INSERT", "NEW"),
    ("sighting", "DELETE", "OLD"),
    ("operation", "INSERT", "NEW"),
    ("closure", "INSERT", "NEW"),
)


def upgrade() -> None:
    """Apply the change; the log begins empty."""
    op.create_table(
        "change",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("kind", sa.Enum(*KINDS, name="change_kind"), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.Text())),
        sa.Column("site", sa.Text()),
        sa.Column("monday", sa.Date()),
        sa.Column("territory", sa.Text()),
        sa.Column("detail", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("number", name=op.f("change_pkey")),
    )
    op.create_index("change_order_idx", "change", ["xid", "number"])
    for kind in ("new_week", "new_hotspot"):
        op.execute(f"ALTER TYPE alarm_kind ADD VALUE IF NOT EXISTS '{kind}'")
    op.alter_column("alarm_message", "site", nullable=True)
    op.add_column(
        "alarm_subscription",
        sa.Column(
            "about",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{closures}'"),
            nullable=False,
        ),
    )
    for function in (SIGHTINGS, OPERATIONS, CLOSURES):
        op.execute(function)
    for table, event, rows in LOGGED:
        op.execute(
            f"CREATE TRIGGER log_{event.lower()} AFTER {event} ON {table}"
            f" REFERENCING {rows} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION log_{table}s()"
        )


def downgrade() -> None:
    """Take the change back, all but the two words of `alarm_kind`, which then nobody uses."""
    op.drop_column("alarm_subscription", "about")
    op.execute("DELETE FROM alarm_message WHERE site IS NULL")
    op.alter_column("alarm_message", "site", nullable=False)
    for table, event, _ in LOGGED:
        op.execute(f"DROP TRIGGER log_{event.lower()} ON {table}")
    for table in ("sighting", "operation", "closure"):
        op.execute(f"DROP FUNCTION log_{table}s()")
    op.drop_table("change")
    op.execute("DROP TYPE change_kind")
