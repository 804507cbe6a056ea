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
"""Weeks or events looked at for one page, whether or not there is anything on it."""


class Patience:
    """How many pieces one answer looks at: `MOST_PIECES`, and none that begins after `seconds`.

    The first piece is always looked at, so that pages that follow come to an end.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._pieces = 0

    def allows_another(self) -> bool:
        """Return whether another piece is looked at, and count it."""
        deadline.check()
        late = self._pieces > 0 and time.monotonic() > self._until
        if late or self._pieces >= MOST_PIECES:
            return False
        self._pieces += 1
        return True


@dataclass(frozen=True)
class Chunked:
    """How a computed collection is read.

    `keys` names the pieces that a question may concern, in the order of the pages; `source` gives
    the features of one as who asks may see them; `key` tells which piece holds the
    feature of an id, or None where no id has that form; `time` says from when to when there are
    pieces, for a scope.
    """

    keys: Callable[[sa.Connection, FeatureRequest | None], Sequence[str]]
    source: Callable[[sa.Connection, str, QueryContext], FeatureSource | None]
    key: Callable[[str], str | None]
    time: Callable[[sa.Connection, Sight], TimeSpan]
