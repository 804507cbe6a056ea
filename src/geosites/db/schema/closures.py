"""Closure tables: acts, learned hazards, alarms to be sent.

`closure_act` is recorded like everything in `schema`. The others are not: `closure_risk` is derived
and can be recomputed, `closure_stale` lists the sites for which it must be, and the alarm tables
are working state of the delivery.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from geosites.analysis.closure import Status
from geosites.core.alarm_messages import AlarmKind, Channel, MessageState
from geosites.core.closure_acts import ClosureActKind, ClosureReason
from geosites.db.schema.city_types import geometry
from geosites.db.schema.tables import known, known_form, metadata, vocabulary

_INSTANT = sa.DateTime(timezone=True)
_WAITING = sa.text("state = 'waiting'")


def _site(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey("site_slug.slug")
    return sa.Column("site", sa.Text, reference, primary_key=primary_key, nullable=nullable)


closure_act = sa.Table(
    "closure_act",
    metadata,
    sa.Column("closure", UUID(as_uuid=True), primary_key=True),
    sa.Column("kind", vocabulary(ClosureActKind, "closure_act_kind"), nullable=False),
    sa.Column("reason", vocabulary(ClosureReason, "closure_reason"), nullable=False),
    sa.Column("legal_ref", sa.Text),
    sa.Column("until", _INSTANT),
    known(),
    known_form(),
)
"""One row for each thing done; `known` begins when it was done."""

closure_risk = sa.Table(
    "closure_risk",
    metadata,
    _site(primary_key=True),
    sa.Column("step_us", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("step_returns", ARRAY(sa.Integer), nullable=False),
    sa.Column("step_at_risk_us", ARRAY(sa.BigInteger), nullable=False),
)
"""What each site adds to the hazard of all, as steps in order of time."""

closure_stale = sa.Table(
    "closure_stale",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("site", sa.Text),
    sa.Column("area", geometry("GEOMETRY")),
)
"""What was changed since: triggers on sighting, site and closure add a row a statement."""

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
    _site(primary_key=True),
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
    _site(nullable=True),
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
