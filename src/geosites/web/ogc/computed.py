"""Computed feature collections, generated a week or an event at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core import deadline
from geosites.db.features.geojson_pages import FeatureSource, TimeSpan
from geosites.db.visibility import Sight
from geosites.permissions.query_context import QueryContext
from geosites.web.ogc.query import FeatureRequest

MOST_PIECES = 60
"""Maximum number of weeks or events computed for one page, even if it is empty."""


class Patience:
    """Budget of pieces for one response: `MOST_PIECES`, and none that starts after `seconds`.

    The first piece is always computed, so that paging ends.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._pieces = 0

    def allows_another(self) -> bool:
        """Return whether another piece may be computed, and count it."""
        deadline.check()
        late = self._pieces > 0 and time.monotonic() > self._until
        if late or self._pieces >= MOST_PIECES:
            return False
        self._pieces += 1
        return True


@dataclass(frozen=True)
class Chunked:
    """How a computed collection is read.

    `keys` yields the pieces that may match a query, in page order; `source` returns the features of
    a piece at the principal's precision; `key` returns the piece of a feature id, or None for an
    invalid id; `time` returns the temporal extent for a scope.
    """

    keys: Callable[[sa.Connection, FeatureRequest | None], Sequence[str]]
    source: Callable[[sa.Connection, str, QueryContext], FeatureSource | None]
    key: Callable[[str], str | None]
    time: Callable[[sa.Connection, Sight], TimeSpan]
