"""Tables of care places, with the figures published for them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE

from geosites.core.care_records import CareKind
from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import (
    CURRENT,
    known,
    known_form,
    metadata,
    territory_reference,
    vocabulary,
)

care_place = sa.Table(
    "care_place",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", vocabulary(CareKind, "care_kind"), nullable=False),
    sa.Column("open_during", TSTZRANGE, nullable=False),
    sa.Column("point", geometry("POINT")),
    territory_reference(nullable=True),
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
