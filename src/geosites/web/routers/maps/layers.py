"""Map layers as small GeoJSON documents in the reader's language."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.maps import geojson, map_data
from geosites.maps.layers import displacement_layer as moves
from geosites.maps.layers import territory_layer as outlines
from geosites.maps.layers import week_layer as weeks
from geosites.permissions import authorized_displacement
from geosites.permissions.policy import Permission
from geosites.services import cache
from geosites.web import week_cache
from geosites.web.http import responses
from geosites.web.http.responses import Rendered
from geosites.web.request_context import RequestContext, requires

GROUND_KEPT_S = 600
"""Cache time of boundaries, which rarely change and are requested by every map."""

NO_WEEK = dt.date.min
"""Background and streets do not depend on observations."""

router = APIRouter(prefix="/layers", include_in_schema=False)


@router.get("/territories")
def territory_layer(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_GROUND)]
) -> Response:
    """Return the outlines and labels of the territories."""
    with context.begin() as conn:
        result = cache.answer(conn, "ground", lambda: _ground(conn), NO_WEEK)
    return responses.rendered(request, result, f"private, max-age={GROUND_KEPT_S}")


@router.get("/streets")
def street_layer(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_GROUND)]
) -> Response:
    """Return the map background: water, railways, main streets and stations."""
    with context.begin() as conn:
        tiles = context.config.tiles
        drawn = tiles.view.credit if tiles is not None and tiles.view.vector else ""
        result = cache.answer(conn, ("streets", drawn), lambda: _streets(conn, drawn), NO_WEEK)
    return responses.rendered(request, result, f"private, max-age={GROUND_KEPT_S}")


@router.get("/weeks/{week}")
def week_layer(
    week: str, request: Request, context: Annotated[RequestContext, requires(Permission.READ_MAP)]
) -> Response:
    """Return one week: density, hotspots, not observed, sites, closures, operations, care."""
    with context.begin() as conn:
        result = week_cache.layer(conn, context, IsoWeek.parse(week))
    return responses.rendered(request, result)


@router.get("/sites/{slug}")
def site_layer(
    slug: str,
    request: Request,
    context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)],
) -> Response:
    """Return one site: its mark, and its perimeter."""
    with context.begin() as conn:
        context.asked.require_site(conn, slug)
        as_of = context.asked.instant(services.reading_time(conn, context.now))
        whole = map_data.site(conn, slug, as_of)
        state = map_data.as_seen(conn, context.asked, whole)
    return responses.layer(request, weeks.site_layer(context.page.words, context.page.links, state))


@router.get("/displacement/{event}")
def displacement_layer(
    event: str,
    request: Request,
    context: Annotated[RequestContext, requires(Permission.READ_EVENT_MAP)],
) -> Response:
    """Return the layer of a displacement study: territories by change, arrows by people."""
    with context.begin() as conn:
        about = services.events.parse(conn, event)
        document = authorized_displacement.placed_displacement(conn, context.asked, about)
        target = map_data.target(context.asked, about)
        points = map_data.territory_points(conn, target)
    layer = moves.displacement_layer(context.page.words, document, points, target)
    return responses.layer(request, layer)


def _ground(conn: sa.Connection) -> Rendered:
    """Return the cached outlines: simplifying them takes a tenth of a second."""
    result = geojson.collection(outlines.outlines(territories.frame(conn)))
    return Rendered.of(geojson.dump(result), geojson.MEDIA_TYPE)


def _streets(conn: sa.Connection, drawn: str) -> Rendered:
    """Return the cached streets; `drawn` is the producer of vector tiles on the same map."""
    return Rendered.of(geojson.dump(map_data.streets(conn, drawn)), geojson.MEDIA_TYPE)
