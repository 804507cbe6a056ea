"""Tables of sites. Rows may be corrected; their names have a table to which others refer."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import CURRENT, known, known_form, metadata, territory_reference

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
    territory_reference(),
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
"""How a site is used: other names, whether it is retired, and which site stands in its place. One
without a row is in use under its one name, and was never edited by a coordinator."""
