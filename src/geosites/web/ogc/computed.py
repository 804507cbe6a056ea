"""Features that are computed piece by piece, a week or an event at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.features.geojson_pages import FeatureSource
from geosites.permissions.authorized_queries import QueryContext
from geosites.web.ogc.query import FeatureRequest


@dataclass(frozen=True)
class Chunked:
    """How a computed collection is read.

    `keys` names the pieces that a question may concern, in the order of the pages; `source` gives
    the features of one as who asks may see them; `key` tells which piece holds the
    feature of an id, or None where no id has that form.
    """

    keys: Callable[[sa.Connection, FeatureRequest | None], Sequence[str]]
    source: Callable[[sa.Connection, str, QueryContext], FeatureSource | None]
    key: Callable[[str], str | None]
