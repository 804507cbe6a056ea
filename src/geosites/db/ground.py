"""What lies under the maps: water, rails, main streets, stations. Public data, replaced whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY

from geosites.core.crs import METRIC
from geosites.core.ground import GroundFeature, GroundKind
from geosites.db import store_flags, temporal
from geosites.db.schema.tables import metadata

FLAG = "ground"
"""The flag that holds the digest of what is loaded; with it the fingerprint of answers changes."""

table = sa.Table(
    "ground_feature",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("grade", sa.Text),
    sa.Column("modes", ARRAY(sa.Text), nullable=False),
    sa.Column("shape", Geometry("GEOMETRY", srid=METRIC, spatial_index=False), nullable=False),
)
"""Features in the order in which they are drawn."""


def put(conn: sa.Connection, features: Iterable[GroundFeature]) -> int:
    """Make these features the ground; return how many there are, or 0 where they were already.

    An empty list changes nothing: a folder without a ground keeps the one that is there.
    """
    rows = [_row(number, feature) for number, feature in enumerate(features)]
    digest = _digest(rows)
    if not rows or store_flags.get(conn, FLAG) == digest:
        return 0
    conn.execute(sa.delete(table))
    conn.execute(sa.insert(table), rows)
    store_flags.put(conn, FLAG, digest)
    return len(rows)


def list_all(conn: sa.Connection) -> list[GroundFeature]:
    """Return the features in the order in which they are drawn."""
    rows = conn.execute(sa.select(table).order_by(table.c.number))
    return [
        GroundFeature(
            kind=GroundKind(row.kind),
            shape=temporal.shape(row.shape),
            name=row.name,
            grade=row.grade,
            modes=tuple(row.modes),
        )
        for row in rows
    ]


def _row(number: int, feature: GroundFeature) -> dict[str, object]:
    return {
        "number": number,
        "kind": feature.kind.value,
        "name": feature.name,
        "grade": feature.grade,
        "modes": list(feature.modes),
        "shape": temporal.stored_shape(feature.shape),
    }


def _digest(rows: Iterable[dict[str, object]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr([str(value) for value in row.values()]).encode())
    return digest.hexdigest()[:16]
