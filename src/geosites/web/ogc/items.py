"""Pages of features, from tables or computed, for one query of one principal."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile

import sqlalchemy as sa

from geosites.core.errors import BadParameter, NotFound
from geosites.core.lru import OwnedCaches
from geosites.db.features import counts, geojson_pages
from geosites.db.features.filters import Filter
from geosites.db.features.geojson_pages import (
    Condition,
    FeaturePage,
    FeatureQuery,
    FeatureSource,
    Written,
)
from geosites.db.maintenance import store_flags
from geosites.db.postgres.sql_types import AnyColumn
from geosites.permissions.masking import sight
from geosites.web.ogc.catalogue import Collection, Reader
from geosites.web.ogc.computed import Chunked, Patience
from geosites.web.ogc.query import FeatureRequest, Span, Token
from geosites.web.ogc.standard_names import systems
from geosites.web.request_context import RequestContext

MOST_READINGS = 1_000
"""Number of cached queries, for following pages and other readers."""

_READINGS = OwnedCaches(MOST_READINGS)
_BESIDE = {"revision": counts.REVISION, "exercise": store_flags.IS_EXERCISE}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Features as text, joined by commas; how many, and how many match in all where known."""

    text: str
    count: int
    matched: int | None
    following: Token | None
    exercise: bool


def page(
    conn: sa.Connection, context: RequestContext, collection: Collection, asked: FeatureRequest
) -> Found:
    """Return one page of a query on a collection, at the principal's precision."""
    if isinstance(collection.origin, Chunked):
        return _gathered(conn, context, collection.origin, asked)
    seen = sight(context.grant)
    source, key = collection.origin(seen), (collection.id, seen, asked.text)
    ready = _READINGS.of(conn.engine).get(
        (*key, asked.system_uri, asked.limit, bool(asked.after)),
        lambda: _reading(conn, source, asked),
    )
    result = geojson_pages.page(conn, ready, asked.after)
    whole = not asked.after and result.last is None
    matched = result.count if whole else _count(conn, collection, source, asked, result, key)
    return Found(
        text=result.text,
        count=result.count,
        matched=matched,
        following=result.last,
        exercise=result.beside["exercise"],
    )


def one(
    conn: sa.Connection, context: RequestContext, collection: Collection, identifier: str, uri: str
) -> str:
    """Return one feature as text, or raise `NotFound`."""
    source = _holding(conn, context, collection.origin, identifier)
    text = geojson_pages.one(conn, source, identifier, written(uri)) if source is not None else None
    if text is None:
        raise NotFound(f"feature of {collection.id}", identifier[:100])
    return text


def conditions(source: FeatureSource, asked: FeatureRequest) -> list[Condition]:
    """Return the conditions for features."""
    result = [_equal(source.rows.c[name], value) for name, value in asked.equal.items()]
    if asked.area is not None:
        result += source.meets(asked.area)
    if asked.span is not None:
        result += source.during(asked.span.start, asked.span.end)
    if asked.tree is not None:
        system = asked.filter_system
        result.append(Filter(source, system.srid, system.flipped).condition(asked.tree))
    return result


def _equal(column: AnyColumn, value: object) -> Condition:
    """Return the condition that a property has a value, or is within a day."""
    if isinstance(value, Span):
        return (column >= value.start) & (column <= value.end)
    return column == value


def written(uri: str) -> Written:
    """Return the coordinate format of a reference system."""
    system = systems()[uri]
    return Written(srid=system.srid, flipped=system.flipped, digits=system.digits)


def _holding(
    conn: sa.Connection, context: RequestContext, origin: Reader | Chunked, identifier: str
) -> FeatureSource | None:
    """Return where the feature of an id would be found, or None."""
    if not isinstance(origin, Chunked):
        return origin(sight(context.grant))
    key = origin.key(identifier)
    if key is None or key not in origin.keys(conn, None):
        return None
    return origin.source(conn, key, context.asked)


def _reading(conn: sa.Connection, source: FeatureSource, asked: FeatureRequest) -> FeatureQuery:
    return geojson_pages.reading(
        conn,
        source,
        conditions(source, asked),
        written(asked.system_uri),
        limit=asked.limit,
        follows=bool(asked.after),
        beside=_BESIDE,
    )


def _count(
    conn: sa.Connection,
    collection: Collection,
    source: FeatureSource,
    asked: FeatureRequest,
    found: FeaturePage,
    key: Hashable,
) -> int:
    """Return the number of matches; the page has read the revision that is its cache key."""
    if not collection.counted:
        return geojson_pages.count(conn, source, conditions(source, asked))
    return counts.counted(
        conn, source, lambda: conditions(source, asked), key, found.beside["revision"]
    )


def _gathered(
    conn: sa.Connection, context: RequestContext, origin: Chunked, asked: FeatureRequest
) -> Found:
    """Return a page gathered from as many pieces as it takes; the last may be without features."""
    texts: list[str] = []
    count = 0
    following: Token | None = None
    patience = Patience(context.config.page_s)
    for key, after in _pieces(conn, origin, asked):
        if count == asked.limit or not patience.allows_another():
            following = (key,)
            break
        piece = origin.source(conn, key, context.asked)
        if piece is None:
            continue
        rest = replace(asked, after=tuple(after), limit=asked.limit - count)
        part = geojson_pages.page(conn, _reading(conn, piece, rest), after)
        texts += [part.text] if part.count else []
        count += part.count
        if part.last is not None:
            following = (key, *part.last)
            break
    return Found(
        text=",".join(texts),
        count=count,
        matched=count if following is None and not asked.after else None,
        following=following,
        exercise=store_flags.is_exercise(conn),
    )


def _pieces(
    conn: sa.Connection, origin: Chunked, asked: FeatureRequest
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the pieces from the end of the previous page, each with the key that it must follow."""
    keys = origin.keys(conn, asked)
    if not asked.after:
        yield from ((key, ()) for key in keys)
        return
    first, *inside = asked.after
    if first not in keys:
        raise BadParameter("after: this is not a link to a page that was given out")
    for key in dropwhile(lambda item: item != first, keys):
        yield key, inside if key == first else ()
