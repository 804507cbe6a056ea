"""What every route of the OGC API asks first: where it stands, and whether there is something."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import Request

from geosites.access.policy import RULES, Precision
from geosites.errors import Forbidden
from geosites.render.ogc.documents import Extent
from geosites.store import collections, features, sightings
from geosites.store.sight import Sight
from geosites.web.ogc.catalogue import Collection
from geosites.web.visit import Visit


def root(request: Request) -> str:
    """Return the address under which everything lies."""
    return f"{str(request.base_url).rstrip('/')}/ogc"


def visible(collection: Collection, visit: Visit) -> bool:
    """Return whether the viewer may see anything of a collection."""
    precision = RULES[collection.act].get(visit.viewer.role)
    return precision is not None and (collection.coarse or precision > Precision.TERRITORY)


def require_visible(collection: Collection, visit: Visit) -> None:
    """Refuse a collection that has nothing for whom only territories are told."""
    if visit.grant.coarse and not collection.coarse:
        raise Forbidden(
            f"{visit.viewer.role}: {collection.id} are not told place by place; "
            "the collection weeks tells of territories week by week"
        )


def extent(conn: sa.Connection, collection: Collection) -> Extent:
    """Return the ground that is told of, and from when to when something was seen."""
    box = features.extent(conn, collections.territories(Sight()))
    span = sightings.span(conn) if collection.id == "sightings" else None
    return Extent(box=box) if span is None else Extent(box=box, start=span[0], end=span[1])
