"""Map background: water, railways, main streets, stations. Public data, replaced as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from geosites.core.ground import Ground, GroundFeature, GroundKind
from geosites.db import temporal
from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import metadata

table = sa.Table(
    "ground_feature",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("grade", sa.Text),
    sa.Column("modes", ARRAY(sa.Text), nullable=False),
    sa.Column("shape", geometry("GEOMETRY"), nullable=False),
)
"""Features in the order in which they are drawn."""

loaded = sa.Table(
    "ground_loaded",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("credit", sa.Text, nullable=False),
)
"""A single row on the loaded data, which is part of the fingerprint."""


def put(conn: sa.Connection, ground: Ground) -> int:
    """Replace the map background; return its number of features, or 0 if unchanged.

    Without features nothing changes: a folder without a background keeps the existing one.
    """
    rows = [_row(number, feature) for number, feature in enumerate(ground.features)]
    new = _digest(rows, ground.credit)
    if not rows or digest(conn) == new:
        return 0
    conn.execute(sa.delete(table))
    conn.execute(sa.delete(loaded))
    conn.execute(sa.insert(table), rows)
    conn.execute(sa.insert(loaded).values(digest=new, credit=ground.credit))
    return len(rows)


def get(conn: sa.Connection) -> Ground:
    """Return the loaded map background."""
    wkb = sa.func.ST_AsBinary(table.c.shape, type_=sa.LargeBinary).label("shape")
    statement = sa.select(table.c.kind, table.c.name, table.c.grade, table.c.modes, wkb)
    rows = conn.execute(statement.order_by(table.c.number)).all()
    shapes = shapely.from_wkb([row.shape for row in rows])
    credit = conn.execute(sa.select(loaded.c.credit)).scalar_one_or_none()
    return Ground(features=tuple(map(_feature, rows, shapes)), credit=credit or "")


def digest(conn: sa.Connection) -> str | None:
    """Return the digest of the loaded map background; None if there is none."""
    return conn.execute(sa.select(loaded.c.digest)).scalar_one_or_none()


def _feature(row: sa.Row[Any], shape: shapely.Geometry) -> GroundFeature:
    return GroundFeature(
        kind=GroundKind(row.kind),
        shape=shape,
        name=row.name,
        grade=row.grade,
        modes=tuple(row.modes),
    )


def _row(number: int, feature: GroundFeature) -> dict[str, object]:
    return {
        "number": number,
        "kind": feature.kind.value,
        "name": feature.name,
        "grade": feature.grade,
        "modes": list(feature.modes),
        "shape": temporal.stored_shape(feature.shape),
    }


def _digest(rows: Sequence[dict[str, object]], credit: str) -> str:
    digest = hashlib.sha256(credit.encode())
    for row in rows:
        digest.update(repr([str(value) for value in row.values()]).encode())
    return digest.hexdigest()
