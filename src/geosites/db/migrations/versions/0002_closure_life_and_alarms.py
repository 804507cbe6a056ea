"""What is done about closures, what they teach, and the alarms sent when one gives way.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
MADE = (
    "alarm_message",
    "alarm_status",
    "alarm_subscription",
    "closure_stale",
    "closure_risk",
    "closure_act",
)
KINDS = (
    "alarm_channel",
    "alarm_kind",
    "alarm_message_state",
    "closure_act_kind",
    "closure_reason",
    "closure_status",
)
WATCHED = ("sighting", "site", "closure")
EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}

NOTE_CHANGE = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'sighting' THEN
        INSERT INTO closure_stale (area)
        SELECT CASE WHEN count(*) <= 20 THEN ST_Collect(point)
            ELSE ST_SetSRID(ST_Extent(point)::geometry, 2154) END
        FROM changed HAVING count(*) > 0;
    ELSIF TG_TABLE_NAME = 'closure' THEN
        INSERT INTO closure_stale (site) SELECT DISTINCT site FROM changed;
    ELSE
        INSERT INTO closure_stale (site) SELECT DISTINCT slug FROM changed;
    END IF;
    RETURN NULL;
END
$$
"""
"""Says where something changed. Which sites lie there is asked later, by who sees all of it:
a site that another transaction is just adding could not be seen from here."""


def upgrade() -> None:
    """Apply the change."""
    _closure_tables()
    _alarm_tables()
    op.execute(
        "CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON closure_act "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.execute(NOTE_CHANGE)
    for table in WATCHED:
        for event, rows in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER note_{event.lower()} AFTER {event} ON {table} "
                f"REFERENCING {rows} TABLE AS changed "
                "FOR EACH STATEMENT EXECUTE FUNCTION note_change()"
            )


def _closure_tables() -> None:
    op.create_table(
        "closure_act",
        sa.Column("closure", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("declared", "extended", "lifted", name="closure_act_kind"),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "order",
                "safety",
                "health",
                "works",
                "still_needed",
                "purpose_met",
                "order_ended",
                "court_decision",
                "made_in_error",
                name="closure_reason",
            ),
            nullable=False,
        ),
        sa.Column("legal_ref", sa.Text()),
        sa.Column("until", INSTANT),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("closure_act_known_form")
        ),
        sa.PrimaryKeyConstraint("closure", "known", name=op.f("closure_act_pkey")),
    )
    op.create_table(
        "closure_risk",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("step_us", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("step_returns", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("step_at_risk_us", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("closure_risk_site_fkey")),
        sa.PrimaryKeyConstraint("site", name=op.f("closure_risk_pkey")),
    )
    op.create_table(
        "closure_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("site", sa.Text()),
        sa.Column("area", Geometry("GEOMETRY", srid=2154, spatial_index=False)),
        sa.PrimaryKeyConstraint("id", name=op.f("closure_stale_pkey")),
    )


def _alarm_tables() -> None:
    op.create_table(
        "alarm_subscription",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Enum("webhook", "email", name="alarm_channel"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret_file", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time()),
        sa.Column("closes", sa.Time()),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint(
            "(channel = 'webhook') = (secret_file IS NOT NULL)",
            name=op.f("alarm_subscription_secret_form"),
        ),
        sa.CheckConstraint(
            "(opens IS NULL) = (closes IS NULL)", name=op.f("alarm_subscription_hours_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("alarm_subscription_pkey")),
    )
    op.create_index(
        "alarm_subscription_current",
        "alarm_subscription",
        ["channel", "address"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "alarm_status",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "lifted",
                "never_closed",
                "reopened",
                "contradicted",
                "confirmed_closed",
                "probably_closed",
                "unverified",
                name="closure_status",
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("alarm_status_site_fkey")),
        sa.PrimaryKeyConstraint("site", name=op.f("alarm_status_pkey")),
    )
    op.create_table(
        "alarm_message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscription", sa.UUID(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("reopened", "contradicted", "lapsed", name="alarm_kind"),
            nullable=False,
        ),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "delivered", "dead", name="alarm_message_state"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint("attempts >= 0", name=op.f("alarm_message_attempts_sign")),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("alarm_message_ended_form")
        ),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["alarm_subscription.id"],
            name=op.f("alarm_message_subscription_fkey"),
        ),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("alarm_message_site_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("alarm_message_pkey")),
    )
    op.create_index(
        "alarm_message_due_idx",
        "alarm_message",
        ["due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    """Take the change back."""
    for table in WATCHED:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER note_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION note_change()")
    for name in MADE:
        op.drop_table(name)
    for name in KINDS:
        op.execute(f"DROP TYPE {name}")
