"""What every route of the OGC API asks first: where it stands, and whether there is something."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import Request

from geosites.db import sightings
from geosites.db.features import collections, geojson_pages
from geosites.db.visibility import Sight
from geosites.permissions.policy import RULES
from geosites.web.ogc.catalogue import Collection
from geosites.web.ogc.documents import Extent
from geosites.web.redirects import address
from geosites.web.request_context import RequestContext


def root(request: Request) -> str:
    """Return the address under which everything lies."""
    return address(request, "/ogc")


def visible(collection: Collection, context: RequestContext) -> bool:
    """Return whether the principal may see anything of a collection."""
    return context.principal.role in RULES[collection.permission]


def extent(conn: sa.Connection, collection: Collection) -> Extent:
    """Return the ground that is told of, and from when to when something was seen."""
    box = geojson_pages.extent(conn, collections.territories(Sight()))
    span = sightings.span(conn, rejected=True) if collection.id == "sightings" else None
    return Extent(box=box) if span is None else Extent(box=box, start=span[0], end=span[1])
