"""How many features a question matches, counted once for as long as no sighting changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from geosites.store.features import Condition, Source
from geosites.store.schema import sighting_week

MOST_KEPT = 2_000


class _Kept:
    """Counts of one store, the longest unused forgotten first."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> int | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, count: int) -> None:
        with self._lock:
            self._found[key] = count
            while len(self._found) > MOST_KEPT:
                self._found.popitem(last=False)


_KEPT: WeakKeyDictionary[sa.Engine, _Kept] = WeakKeyDictionary()
_GUARD = Lock()
_REVISION = sa.select(sa.func.coalesce(sa.func.sum(sighting_week.c.revision), 0))


def revision(conn: sa.Connection) -> int:
    """Return a number that grows whenever any sighting is added, closed or erased."""
    return int(conn.execute(_REVISION).scalar_one())


def counted(
    conn: sa.Connection, source: Source, where: Sequence[Condition], key: Hashable, at: int
) -> int:
    """Return how many features meet all conditions at revision `at`.

    `key` names the question and how its viewer sees; the same key is the same conditions. What is
    counted is kept under the revision that the counting statement itself saw.
    """
    with _GUARD:
        kept = _KEPT.setdefault(conn.engine, _Kept())
    known = kept.get((key, at))
    if known is not None:
        return known
    number = sa.select(sa.func.count()).select_from(source.rows).where(*where).scalar_subquery()
    count, seen = conn.execute(sa.select(number, _REVISION.scalar_subquery())).one()
    kept.put((key, int(seen)), int(count))
    return int(count)
