"""Counts of the features that match a query, cached until a sighting changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import sqlalchemy as sa

from geosites.core.lru import OwnedCaches
from geosites.db.features import geojson_pages
from geosites.db.features.geojson_pages import Condition, FeatureSource
from geosites.db.schema.sightings import sighting_week

MOST_KEPT = 2_000

REVISION = sa.select(
    sa.cast(sa.func.coalesce(sa.func.sum(sighting_week.c.revision), 0), sa.BigInteger)
).scalar_subquery()
"""A number that grows whenever any sighting is added, closed or erased."""

_KEPT = OwnedCaches(MOST_KEPT)


def counted(
    conn: sa.Connection,
    source: FeatureSource,
    where: Callable[[], Sequence[Condition]],
    key: Hashable,
    at: int,
) -> int:
    """Return how many features meet all conditions at revision `at`.

    `key` names the question and how its viewer sees; the same key is the same conditions.
    """
    kept = _KEPT.of(conn.engine)
    return kept.get((key, at), lambda: geojson_pages.count(conn, source, where()))
