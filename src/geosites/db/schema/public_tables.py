"""The released public tables, which are also the ledger of the privacy budget."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from geosites.db.schema.conventions import metadata

public_table = sa.Table(
    "public_table",
    metadata,
    sa.Column("quarter", sa.Date, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epsilon", sa.Numeric(6, 3), nullable=False),
    sa.Column("budget", sa.Numeric(6, 3), nullable=False),
    sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("rows", JSONB, nullable=False),
    sa.CheckConstraint("epsilon > 0 AND epsilon <= budget", name="epsilon_range"),
    sa.CheckConstraint("revision >= 1", name="revision_sign"),
    sa.CheckConstraint("quarter = date_trunc('quarter', quarter)::date", name="quarter_begins"),
)
"""One row a release, never changed: `rows` with their noise, without which there is no count.

`budget` is that of the year of the quarter. A trigger refuses a row by which the epsilons of a year
would add up to more than the smallest budget that was ever named for it.
"""
