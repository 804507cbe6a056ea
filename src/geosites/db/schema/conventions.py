"""What the tables share: naming of constraints, the period of validity, references, vocabularies.

Every recorded row has `known`, the period during which it was held to be true. A correction closes
`known` and adds a new row; a trigger rejects any other update. Any query can therefore be answered
as known at an instant. Geometries are in the city's metric reference system.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE

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
    """Return the time during which the row is held to be true; from now on by default."""
    default = sa.text("tstzrange(now(), NULL)")
    return sa.Column("known", TSTZRANGE, primary_key=True, server_default=default)


def known_form() -> sa.CheckConstraint:
    """Return the condition that `known` begins somewhere."""
    return sa.CheckConstraint("NOT isempty(known) AND NOT lower_inf(known)", name="known_form")


def site_reference(*, nullable: bool = True, primary_key: bool = False) -> sa.Column[str]:
    """Return a column that names a site."""
    reference = sa.ForeignKey("site_slug.slug")
    return sa.Column("site", sa.Text, reference, primary_key=primary_key, nullable=nullable)


def territory_reference(*, nullable: bool = False) -> sa.Column[str]:
    """Return a column that names a territory."""
    reference = sa.ForeignKey("territory_code.code")
    return sa.Column("territory", sa.Text, reference, nullable=nullable)
