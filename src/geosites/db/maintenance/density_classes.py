"""Density classes chosen for this store, or the default ones."""

from __future__ import annotations

import json

import sqlalchemy as sa

from geosites.core.density_classes import DENSITY_CLASSES, checked
from geosites.db.maintenance import store_flags

CHOSEN = "density classes"


def get(conn: sa.Connection) -> tuple[float, ...]:
    """Return the lower bounds of the five classes, in people per hectare."""
    text = store_flags.get(conn, CHOSEN)
    return DENSITY_CLASSES if text is None else tuple(map(float, json.loads(text)))


def put(conn: sa.Connection, bounds: tuple[float, ...]) -> None:
    """Choose the classes for every map from now on; raises `Refused` where they are none."""
    store_flags.put(conn, CHOSEN, json.dumps(checked(bounds)))
