"""The recorded tables (bitemporal), with geometries in the city's metric reference system.

Every recorded row has `known`, the period during which it was held to be true. A correction closes
`known` and adds a new row; a trigger rejects any other update. Any query can therefore be answered
as known at an instant.

A row of `territory` or `site` may be corrected too. Their permanent names are therefore in separate
tables (`territory_code`, `site_slug`) to which others refer.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, UUID, ExcludeConstraint

from geosites.core.records import (
    CHOSEN_OF_SIGHTING,
    CareKind,
    OperationKind,
    Origin,
    TimePrecision,
)
from geosites.db.schema.city_types import LevelName, geometry

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
    }
)

CURRENT = sa.text("upper_inf(known)")
"""The condition under which a row is what we hold to be true now."""


def vocabulary(kind: type[StrEnum], name: str) -> sa.Enum:
    """Return the column type of a closed vocabulary, an enum of the database under `name`."""
    return sa.Enum(kind, name=name, values_callable=lambda k: [member.value for member in k])


def known() -> sa.Column[object]:
    """Return the column with the period during which the row is valid; from now on by default."""
    default = sa.text("tstzrange(now(), NULL)")
    return sa.Column("known", TSTZRANGE, primary_key=True, server_default=default)


def known_form() -> sa.CheckConstraint:
    """Return the condition that `known` begins somewhere."""
    return sa.CheckConstraint("NOT isempty(known) AND NOT lower_inf(known)", name="known_form")


def _site(*, nullable: bool = True) -> sa.Column[str]:
    return sa.Column("site", sa.Text, sa.ForeignKey("site_slug.slug"), nullable=nullable)


def _territory(*, nullable: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey("territory_code.code")
    return sa.Column("territory", sa.Text, reference, nullable=nullable)


territory_code = sa.Table("territory_code", metadata, sa.Column("code", sa.Text, primary_key=True))

territory = sa.Table(
    "territory",
    metadata,
    sa.Column("code", sa.Text, sa.ForeignKey("territory_code.code"), primary_key=True),
    sa.Column("level", LevelName(name="territory_level", create_type=False), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("parent", sa.Text),
    sa.Column("area", geometry("MULTIPOLYGON"), nullable=False),
    known(),
    known_form(),
    sa.CheckConstraint("ST_IsValid(area)", name="area_valid"),
    sa.Index("territory_current", "code", unique=True, postgresql_where=CURRENT),
    sa.Index("territory_area_idx", "area", postgresql_using="gist"),
)

site_slug = sa.Table(
    "site_slug",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
)

site = sa.Table(
    "site",
    metadata,
    sa.Column("slug", sa.Text, sa.ForeignKey("site_slug.slug"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("perimeter", geometry("MULTIPOLYGON"), nullable=False),
    sa.Column("precision_m", sa.Float, nullable=False),
    _territory(),
    sa.Column("quartier", sa.Text),
    sa.Column("source", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("ST_IsValid(perimeter)", name="perimeter_valid"),
    sa.CheckConstraint("precision_m >= 0", name="precision_sign"),
    sa.Index("site_current", "slug", unique=True, postgresql_where=CURRENT),
    sa.Index("site_perimeter_idx", "perimeter", postgresql_using="gist"),
)

site_use = sa.Table(
    "site_use",
    metadata,
    sa.Column("slug", sa.Text, sa.ForeignKey("site_slug.slug"), primary_key=True),
    sa.Column("aliases", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("merged_into", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("merged_into IS NULL OR retired AND merged_into <> slug", "merged_form"),
    sa.Index("site_use_current", "slug", unique=True, postgresql_where=CURRENT),
)
"""Use of a site: other names, whether it is retired, and which site replaces it. A site without a
row is in use under its only name, and was never edited by a coordinator.
"""

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
    _site(),
    _territory(),
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
The sum over a week changes with anything that can change the week's results.
"""

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
    _site(),
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

closure = sa.Table(
    "closure",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    _site(nullable=False),
    sa.Column("during", TSTZRANGE, nullable=False),
    sa.Column("legal_ref", sa.Text),
    sa.Column("review_days", sa.Integer, nullable=False),
    sa.Column("source", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("NOT isempty(during) AND NOT lower_inf(during)", name="during_starts"),
    sa.CheckConstraint("review_days >= 1", name="review_days_sign"),
    sa.Index("closure_current", "id", unique=True, postgresql_where=CURRENT),
    ExcludeConstraint(
        ("site", "="), ("during", "&&"), ("known", "&&"), using="gist", name="closure_no_overlap"
    ),
)

care_place = sa.Table(
    "care_place",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", vocabulary(CareKind, "care_kind"), nullable=False),
    sa.Column("open_during", TSTZRANGE, nullable=False),
    sa.Column("point", geometry("POINT")),
    _territory(nullable=True),
    sa.Column("precision_m", sa.Float),
    sa.Column("note", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("day_parts", ARRAY(sa.Text)),
    known(),
    known_form(),
    sa.CheckConstraint("NOT isempty(open_during)", name="open_during_order"),
    sa.CheckConstraint("precision_m >= 0", name="precision_sign"),
    sa.Index("care_place_current", "slug", unique=True, postgresql_where=CURRENT),
)

care_figure = sa.Table(
    "care_figure",
    metadata,
    sa.Column("care_place", sa.Text, primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True),
    sa.Column("as_of", sa.Text, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
    sa.Column("qualifier", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("value >= 0", name="value_sign"),
    sa.Index(
        "care_figure_current",
        "care_place",
        "measure",
        "as_of",
        unique=True,
        postgresql_where=CURRENT,
    ),
)

mark = sa.Table(
    "mark",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""What the store remembers about itself, such as that it holds an exercise."""

RECORDED = (territory, site, site_use, sighting, operation, closure, care_place, care_figure)
"""The tables whose rows have `known`."""
