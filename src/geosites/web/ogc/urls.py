"""URLs of the OGC API, and lookup of the collection that a route refers to."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import Request

from geosites.db.features import collections, geojson_pages
from geosites.db.features.geojson_pages import TimeSpan
from geosites.db.reports import sightings
from geosites.db.visibility import Sight
from geosites.permissions.masking import sight
from geosites.permissions.policy import RULES
from geosites.web.http.redirects import address
from geosites.web.ogc.catalogue import Collection
from geosites.web.ogc.computed import Chunked
from geosites.web.ogc.documents import Extent
from geosites.web.request_context import RequestContext


def root(request: Request) -> str:
    """Return the base URL."""
    return address(request, "/ogc")


def visible(collection: Collection, context: RequestContext) -> bool:
    """Return whether the principal may see anything of a collection."""
    return context.principal.role in RULES[collection.permission]


def extent(conn: sa.Connection, context: RequestContext, collection: Collection) -> Extent:
    """Return the spatial extent, and the temporal extent of what the principal may see."""
    box = geojson_pages.extent(conn, collections.territories(Sight()))
    start, end = _time(conn, context, collection) if collection.timed else (None, None)
    return Extent(box=box, start=start, end=end)


def _time(conn: sa.Connection, context: RequestContext, collection: Collection) -> TimeSpan:
    seen = Sight(scope=sight(context.grant).scope)
    if isinstance(collection.origin, Chunked):
        return collection.origin.time(conn, seen)
    if collection.id == "sightings" and not seen.scope:
        return sightings.span(conn, rejected=True) or (None, None)
    return geojson_pages.time_extent(conn, collection.origin(seen))
