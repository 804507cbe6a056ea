"""Base map tiles, where a base map is configured."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

from geosites.core import city
from geosites.core.errors import NotFound
from geosites.permissions.policy import Permission
from geosites.web.http import responses
from geosites.web.http.redirects import address
from geosites.web.http.responses import Rendered
from geosites.web.request_context import RequestContext, requires
from geosites.web.tiles.basemap_tiles import PATH

KEPT = "private, max-age=31536000, immutable"
ASKED_AGAIN = "private, no-cache"
"""The URL of a tile includes the version of the file; under another version nothing is cached,
since another worker may have that version.
"""

router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("")
def base_map(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_GROUND)]
) -> Response:
    """Describe the base map as TileJSON."""
    basemap = context.config.tiles
    if basemap is None:
        raise NotFound("base map", "none is set")
    view = basemap.view
    content = view.tilejson(address(request, view.url), city.current().name)
    return responses.rendered(request, Rendered.of(to_json(content), responses.JSON))


@router.get("/{zoom}/{column}/{row}")
def base_tile(
    zoom: int,
    column: int,
    row: int,
    request: Request,
    context: Annotated[RequestContext, requires(Permission.READ_GROUND)],
) -> Response:
    """Return one tile of the base map."""
    basemap = context.config.tiles
    if basemap is None:
        raise NotFound("base map", "none is set")
    data, media_type = basemap.tile(zoom, column, row)
    zipped = data.startswith(b"\x1f\x8b")
    found = Rendered.compressed if zipped else Rendered.of
    named = request.url.query == basemap.view.url.partition("?")[2]
    return responses.rendered(request, found(data, media_type), KEPT if named else ASKED_AGAIN)
