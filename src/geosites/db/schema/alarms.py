"""Alarm tables: subscriptions, the last known status of each site, messages on their way."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from geosites.analysis.closure import Status
from geosites.core.alarm_messages import AlarmKind, Channel, MessageState
from geosites.db.schema.conventions import metadata, site_reference, vocabulary

_INSTANT = sa.DateTime(timezone=True)

_WAITING = sa.text("state = 'waiting'")


alarm_subscription = sa.Table(
    "alarm_subscription",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("channel", vocabulary(Channel, "alarm_channel"), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("secret_file", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("opens", sa.Time),
    sa.Column("closes", sa.Time),
    sa.Column("about", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{closures}'")),
    sa.Column("began_at", _INSTANT, nullable=False),
    sa.Column("ended_at", _INSTANT),
    sa.Column("account", sa.Text, sa.ForeignKey("account.login")),
    sa.CheckConstraint(
        "(channel = 'webhook' AND account IS NULL) = (secret_file IS NOT NULL)", name="secret_form"
    ),
    sa.CheckConstraint("(opens IS NULL) = (closes IS NULL)", name="hours_form"),
    sa.Index(
        "alarm_subscription_current",
        "channel",
        "address",
        "account",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)


alarm_status = sa.Table(
    "alarm_status",
    metadata,
    site_reference(primary_key=True, nullable=False),
    sa.Column("status", vocabulary(Status, "closure_status"), nullable=False),
    sa.Column("nearby_at", _INSTANT),
)
"""The status of each closed site when alarms were last looked for, and when heads that were told of
were last seen beside it.
"""


alarm_message = sa.Table(
    "alarm_message",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column(
        "subscription",
        UUID(as_uuid=True),
        sa.ForeignKey("alarm_subscription.id"),
        nullable=False,
    ),
    site_reference(),
    sa.Column("kind", vocabulary(AlarmKind, "alarm_kind"), nullable=False),
    sa.Column("changed_at", _INSTANT, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("state", vocabulary(MessageState, "alarm_message_state"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", _INSTANT, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("queued_at", _INSTANT, nullable=False),
    sa.Column("ended_at", _INSTANT),
    sa.CheckConstraint("attempts >= 0", name="attempts_sign"),
    sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_form"),
    sa.Index("alarm_message_due_idx", "due_at", postgresql_where=_WAITING),
)
"""The outbox: each message to each subscription, kept whether delivered, waiting or dead."""
