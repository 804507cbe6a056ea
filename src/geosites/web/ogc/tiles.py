"""Vector tiles of each collection in WebMercatorQuad: zoom, row, column."""

import re
from collections.abc import Callable
from typing import Annotated, cast

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from geosites.core.errors import BadParameter, NotFound
from geosites.core.lru import OwnedCaches
from geosites.db.features import tiles
from geosites.db.features.geojson_pages import FeatureSource
from geosites.db.features.tiles import Drawing, Place
from geosites.db.fingerprint import fingerprint
from geosites.permissions.masking import sight
from geosites.presentation.credits import data_credits
from geosites.web.ogc import items, query, responses, standard_names, tile_documents
from geosites.web.ogc.catalogue import Collection
from geosites.web.ogc.computed import Chunked, Patience
from geosites.web.ogc.query import FeatureRequest
from geosites.web.ogc.tile_documents import LAST_ZOOM
from geosites.web.ogc.urls import extent, root
from geosites.web.request_context import RequestContext, requires

EACH_FROM_ZOOM = 14
"""From this zoom on, every sighting is a point of its own."""

MOST_KEPT = 1_000
_DRAWINGS = OwnedCaches(MOST_KEPT)

MOST_BYTES = 4_000_000
_TILES = OwnedCaches(MOST_BYTES, lambda tile: len(cast("bytes", tile)))
"""Cache of tiles, valid until a recorded row changes."""

_WHOLE = re.compile(r"0|[1-9][0-9]{0,7}")


def tilesets(collection: Collection) -> Callable[..., Response]:
    """Return the handler that lists the sets of tiles of a collection."""

    def describe(
        request: Request, context: Annotated[RequestContext, requires(collection.permission)]
    ) -> Response:
        query.only_form(request, "json")
        with context.begin() as conn:
            cover = extent(conn, context, collection)
        described = collection.described(context.page.words)
        answer = tile_documents.tilesets(root(request), described, cover)
        return responses.document(request, answer)

    return describe


def tileset(collection: Collection) -> Callable[..., Response]:
    """Return the handler for tile metadata of a collection, also as TileJSON."""

    def describe(
        request: Request, context: Annotated[RequestContext, requires(collection.permission)]
    ) -> Response:
        form = query.only_form(request, "json", "tilejson")
        with context.begin() as conn:
            cover = extent(conn, context, collection)
        words = context.page.words
        described = collection.described(words)
        if form == "json":
            answer = tile_documents.tileset(root(request), described, cover)
            return responses.document(request, answer)
        told = tile_documents.tilejson(root(request), described, cover, data_credits(words))
        return responses.document(request, told, standard_names.TILEJSON)

    return describe


def tile(collection: Collection) -> Callable[..., Response]:
    """Return the handler that draws a tile of a collection."""

    def draw(
        zoom: str,
        row: str,
        column: str,
        request: Request,
        context: Annotated[RequestContext, requires(collection.permission)],
    ) -> Response:
        at = _place(zoom, row, column)
        asked = query.tile_question(request, collection.properties)
        each = _each(request, collection, at[0])
        with context.begin() as conn:
            body = _drawn(conn, context, collection, asked, at, each)
        return responses.kept(request, body, body, standard_names.TILE)

    return draw


def _drawn(
    conn: sa.Connection,
    context: RequestContext,
    collection: Collection,
    asked: FeatureRequest,
    at: Place,
    each: bool,
) -> bytes:
    source = _source(conn, context, collection, asked)
    if source is None:
        return b""

    def make() -> Drawing:
        where = items.conditions(source, asked)
        if each:
            return tiles.each(conn, source, where, collection.id)
        counts = [source.rows.c.verified.is_not(False)] if "verified" in source.properties else []
        return tiles.summed(conn, source, [*where, *counts], collection.id, "headcount")

    if isinstance(collection.origin, Chunked):
        return make().tile(conn, at)
    key = (collection.id, sight(context.grant), asked.text, each)
    drawing: Drawing = _DRAWINGS.of(conn.engine).get(key, make)
    state = fingerprint(conn)
    if state is None:
        return drawing.tile(conn, at)
    return _TILES.of(conn.engine).get((*key, at, state), lambda: drawing.tile(conn, at))


def _source(
    conn: sa.Connection, context: RequestContext, collection: Collection, asked: FeatureRequest
) -> FeatureSource | None:
    """Return the features to draw; of a computed collection, the latest matching piece."""
    origin = collection.origin
    if not isinstance(origin, Chunked):
        return origin(sight(context.grant))
    patience = Patience(context.config.page_s)
    for key in origin.keys(conn, asked):
        if not patience.allows_another():
            break
        piece = origin.source(conn, key, context.asked)
        if piece is not None:
            return piece
    return None


def _each(request: Request, collection: Collection, zoom: int) -> bool:
    """Return whether features are drawn one by one, or summed by cells of the tile."""
    detail = request.query_params.get("detail")
    if detail not in (None, "each", "cells"):
        raise BadParameter(f"detail: {detail[:40]!r} is neither each nor cells")
    if not collection.counted:
        return True
    return zoom >= EACH_FROM_ZOOM if detail is None else detail == "each"


def _place(zoom: str, row: str, column: str) -> Place:
    """Return which tile is meant; raises `NotFound` for one that does not exist."""
    if all(_WHOLE.fullmatch(part) for part in (zoom, row, column)):
        at = int(zoom), int(row), int(column)
        if at[0] <= LAST_ZOOM and max(at[1], at[2]) < 2 ** at[0]:
            return at
    raise NotFound("tile", f"{zoom}/{row}/{column}"[:60])
