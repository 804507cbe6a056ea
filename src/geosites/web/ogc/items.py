"""Pages of features, from tables or computed piece by piece, for one question of one viewer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

import sqlalchemy as sa

from geosites.errors import BadParameter, NotFound
from geosites.render.ogc.names import SYSTEMS
from geosites.store import features, tallies
from geosites.store.features import Condition, Page, Source, Written
from geosites.store.filters import Filter
from geosites.web.ogc.asking import Question, Token
from geosites.web.ogc.catalogue import Collection, Reader, sight
from geosites.web.ogc.chunks import Chunked
from geosites.web.visit import Visit

MOST_PIECES = 60
"""Weeks or events looked at for one page that already has something on it."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Features as text, in order; how many match in all, where that is known; where to go on."""

    features: Sequence[str]
    matched: int | None
    following: Token | None


def page(conn: sa.Connection, visit: Visit, collection: Collection, asked: Question) -> Found:
    """Return one page of what is asked of a collection, as its viewer may see it."""
    if isinstance(collection.origin, Chunked):
        return _gathered(conn, visit, collection.origin, asked)
    seen = sight(visit.grant)
    source = collection.origin(seen)
    where = conditions(source, asked)
    found = _read(conn, source, where, asked, asked.limit, asked.after)
    whole = not asked.after and found.last is None
    key = (collection.id, seen, asked.text)
    return Found(
        features=found.features,
        matched=len(found.features) if whole else _count(conn, collection, source, where, key),
        following=found.last,
    )


def one(
    conn: sa.Connection, visit: Visit, collection: Collection, identifier: str, uri: str
) -> str:
    """Return one feature as text, or raise `NotFound`."""
    source = _holding(conn, visit, collection.origin, identifier)
    text = features.one(conn, source, identifier, written(uri)) if source is not None else None
    if text is None:
        raise NotFound(f"feature of {collection.id}", identifier[:100])
    return text


def conditions(source: Source, asked: Question) -> list[Condition]:
    """Return what a feature has to meet."""
    found = [source.rows.c[name] == value for name, value in asked.equal.items()]
    if asked.area is not None:
        found += source.meets(asked.area)
    if asked.span is not None:
        found += source.during(asked.span.start, asked.span.end)
    if asked.tree is not None:
        system = asked.filter_system
        found.append(Filter(source, system.srid, system.flipped).condition(asked.tree))
    return found


def written(uri: str) -> Written:
    """Return how coordinates are written in a reference system."""
    system = SYSTEMS[uri]
    return Written(srid=system.srid, flipped=system.flipped, digits=system.digits)


def _holding(
    conn: sa.Connection, visit: Visit, origin: Reader | Chunked, identifier: str
) -> Source | None:
    """Return where the feature of an id would be found, or None."""
    if not isinstance(origin, Chunked):
        return origin(sight(visit.grant))
    key = origin.key(identifier)
    if key is None or key not in origin.keys(conn, None):
        return None
    return origin.source(conn, key, visit.asked)


def _read(
    conn: sa.Connection,
    source: Source,
    where: Sequence[Condition],
    asked: Question,
    limit: int,
    after: Sequence[str],
) -> Page:
    return features.page(conn, source, where, written(asked.system_uri), limit=limit, after=after)


def _count(
    conn: sa.Connection,
    collection: Collection,
    source: Source,
    where: Sequence[Condition],
    key: Hashable,
) -> int:
    if not collection.counted:
        return features.count(conn, source, where)
    return tallies.counted(conn, source, where, key, tallies.revision(conn))


def _gathered(conn: sa.Connection, visit: Visit, origin: Chunked, asked: Question) -> Found:
    """Return a page gathered from as many pieces as it takes; the last may be without features."""
    found: list[str] = []
    for number, (key, after) in enumerate(_pieces(conn, origin, asked)):
        if len(found) == asked.limit or (found and number >= MOST_PIECES):
            return Found(features=found, matched=None, following=(key,))
        piece = origin.source(conn, key, visit.asked)
        if piece is None:
            continue
        where = conditions(piece, asked)
        part = _read(conn, piece, where, asked, asked.limit - len(found), after)
        found += part.features
        if part.last is not None:
            return Found(features=found, matched=None, following=(key, *part.last))
    return Found(features=found, matched=None if asked.after else len(found), following=None)


def _pieces(
    conn: sa.Connection, origin: Chunked, asked: Question
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the pieces from where the page before ended, each with what it must follow."""
    keys = origin.keys(conn, asked)
    if not asked.after:
        yield from ((key, ()) for key in keys)
        return
    first, *inside = asked.after
    if first not in keys:
        raise BadParameter("after: this is not a link to a page that was given out")
    for key in dropwhile(lambda one: one != first, keys):
        yield key, inside if key == first else ()
