"""The table of operations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, UUID

from geosites.core.records import OperationKind, TimePrecision
from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import (
    CURRENT,
    known,
    known_form,
    metadata,
    site_reference,
    vocabulary,
)

operation = sa.Table(
    "operation",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("during", TSTZRANGE, nullable=False),
    sa.Column("time_precision", vocabulary(TimePrecision, "time_precision"), nullable=False),
    sa.Column("kind", vocabulary(OperationKind, "operation_kind"), nullable=False),
    sa.Column("area", geometry("MULTIPOLYGON"), nullable=False),
    sa.Column("headcount_dispersed", sa.Integer),
    sa.Column("arrests", sa.Integer),
    site_reference(),
    sa.Column("unit", sa.Text),
    sa.Column("source", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("NOT isempty(during) AND NOT lower_inf(during)", name="during_starts"),
    sa.CheckConstraint("NOT upper_inf(during)", name="during_ends"),
    sa.CheckConstraint("ST_IsValid(area)", name="area_valid"),
    sa.CheckConstraint("headcount_dispersed >= 0", name="headcount_dispersed_sign"),
    sa.CheckConstraint("arrests >= 0", name="arrests_sign"),
    sa.Index("operation_current", "id", unique=True, postgresql_where=CURRENT),
    sa.Index("operation_during_idx", "during", postgresql_using="gist"),
    sa.Index("operation_area_idx", "area", postgresql_using="gist"),
)
