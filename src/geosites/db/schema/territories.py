"""Tables of territories. Rows may be corrected; their codes have a table to which others refer."""

from __future__ import annotations

import sqlalchemy as sa

from geosites.db.schema.city_types import LevelName, geometry
from geosites.db.schema.conventions import CURRENT, known, known_form, metadata

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
