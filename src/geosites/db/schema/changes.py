"""The table behind the change feed, written by triggers on recorded rows."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geosites.db.schema.conventions import metadata, vocabulary


class ChangeKind(StrEnum):
    """What changed."""

    SIGHTING_ADDED = "sighting.added"
    SIGHTING_CORRECTED = "sighting.corrected"
    SIGHTING_MERGED = "sighting.merged"
    SIGHTING_ERASED = "sighting.erased"
    OPERATION_ADDED = "operation.added"
    OPERATION_CORRECTED = "operation.corrected"
    CLOSURE_DECLARED = "closure.declared"
    CLOSURE_CHANGED = "closure.changed"
    CLOSURE_STATE = "closure.state"
    WEEK_NEW = "week.new"
    HOTSPOT_NEW = "hotspot.new"


change = sa.Table(
    "change",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "xid",
        sa.BigInteger,
        nullable=False,
        server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
    ),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    sa.Column("kind", vocabulary(ChangeKind, "change_kind"), nullable=False),
    sa.Column("ids", ARRAY(sa.Text)),
    sa.Column("site", sa.Text),
    sa.Column("monday", sa.Date),
    sa.Column("territory", sa.Text),
    sa.Column("detail", JSONB),
    sa.Index("change_order_idx", "xid", "number"),
)
"""One row for up to a hundred rows of one week and territory that one statement changed.

`xid` is that of the transaction, which gives a safe order where row numbers and commits differ.
"""
