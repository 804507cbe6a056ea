"""Tables of sightings, and of the weeks of which any are recorded."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import UUID

from geosites.core.records import CHOSEN_OF_SIGHTING, Origin, TimePrecision
from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import (
    CURRENT,
    known,
    known_form,
    metadata,
    site_reference,
    territory_reference,
    vocabulary,
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("time_precision", vocabulary(TimePrecision, "time_precision"), nullable=False),
    sa.Column(
        "received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    ),
    sa.Column("point", geometry("POINT"), nullable=False),
    sa.Column("accuracy_m", sa.Float),
    sa.Column("headcount", sa.Integer, nullable=False),
    sa.Column("duration_min", sa.Integer),
    sa.Column("origin", vocabulary(Origin, "origin"), nullable=False),
    *(sa.Column(item.name, vocabulary(item.vocabulary, item.name)) for item in CHOSEN_OF_SIGHTING),
    sa.Column("unit", sa.Text),
    sa.Column("verified", sa.Boolean),
    site_reference(),
    territory_reference(),
    sa.Column("superseded_by", UUID(as_uuid=True)),
    sa.Column(
        "point_3857",
        Geometry("POINT", srid=3857, spatial_index=False),
        sa.Computed("st_transform(point, 3857)", persisted=True),
    ),
    known(),
    known_form(),
    sa.CheckConstraint("headcount >= 0", name="headcount_sign"),
    sa.CheckConstraint("accuracy_m >= 0", name="accuracy_sign"),
    sa.CheckConstraint("duration_min >= 0", name="duration_sign"),
    sa.CheckConstraint("superseded_by <> id", name="superseded_by_other"),
    sa.Index("sighting_current", "id", unique=True, postgresql_where=CURRENT),
    sa.Index("sighting_observed_at_idx", "observed_at"),
    sa.Index(
        "sighting_double_count_idx",
        "observed_at",
        postgresql_where=sa.text("double_count IS NOT NULL"),
    ),
    sa.Index("sighting_point_idx", "point", postgresql_using="gist"),
    sa.Index(
        "sighting_site_idx", "site", "observed_at", postgresql_where=sa.text("site IS NOT NULL")
    ),
    sa.Index(
        "sighting_superseded_idx",
        "superseded_by",
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    ),
)


sighting_week = sa.Table(
    "sighting_week",
    metadata,
    sa.Column("monday", sa.Date, primary_key=True),
    sa.Column("shard", sa.SmallInteger, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
)
"""How many rows of `sighting` were ever added, closed or erased, by ISO week on the city's clocks.

Triggers keep it, one row a week and group of backends so that reports do not wait for one another.
The sum over a week changes with anything that can change what the week shows.
"""
