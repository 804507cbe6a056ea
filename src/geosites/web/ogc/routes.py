"""Routes of the OGC API, the same for every collection; each declares its permission."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from geosites.core.errors import phrase
from geosites.db.maintenance import store_flags
from geosites.permissions.policy import Permission
from geosites.web.ogc import (
    documents,
    items,
    openapi,
    pages,
    query,
    responses,
    standard_names,
    tile_documents,
    tiles,
)
from geosites.web.ogc.catalogue import ALL, Collection
from geosites.web.ogc.urls import extent, root, visible
from geosites.web.request_context import RequestContext, requires


class _Under(APIRouter):
    """Routes that are only tried for URLs with their common prefix."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether one of the routes is meant."""
        if self.prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)


router = _Under(prefix="/ogc", include_in_schema=False)


@router.get("")
def landing(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_HELP)]
) -> Response:
    """Say where everything else is found."""
    form = _form(request)
    with context.begin() as conn:
        exercise = store_flags.is_exercise(conn)
    document = documents.landing(root(request), form, exercise)
    if form == "html":
        return responses.page(pages.landing(context.page.marked(exercise), document))
    return responses.document(request, document)


@router.get("/conformance")
def conformance(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_HELP)]
) -> Response:
    """Say which standards are kept."""
    form = _form(request)
    with context.begin() as conn:
        exercise = store_flags.is_exercise(conn)
    document = documents.conformance(root(request), form)
    if form == "html":
        return responses.page(pages.conformance(context.page.marked(exercise), document))
    return responses.document(request, document)


@router.get("/api")
def api(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_HELP)]
) -> Response:
    """Describe everything that can be asked, as OpenAPI 3.0."""
    query.only_form(request, "json")
    described = [item.described(context.page.words) for item in ALL]
    return responses.document(
        request, openapi.document(root(request), described), standard_names.OPENAPI
    )


@router.get("/collections")
def collections(
    request: Request, context: Annotated[RequestContext, requires(Permission.READ_HELP)]
) -> Response:
    """List the collections that the principal may see."""
    form = _form(request)
    with context.begin() as conn:
        exercise = store_flags.is_exercise(conn)
        seen = [item for item in ALL if visible(item, context)]
        answer = [
            (item.described(context.page.words), extent(conn, context, item)) for item in seen
        ]
    document = documents.collections(root(request), form, answer, exercise)
    if form == "html":
        return responses.page(pages.collections(context.page.marked(exercise), document))
    return responses.document(request, document)


@router.get("/tileMatrixSets", dependencies=[requires(Permission.READ_HELP)])
def tile_matrix_sets(request: Request) -> Response:
    """Say in which ways tiles are cut."""
    query.only_form(request, "json")
    return responses.document(request, tile_documents.tile_matrix_sets(root(request)))


@router.get("/tileMatrixSets/WebMercatorQuad", dependencies=[requires(Permission.READ_HELP)])
def web_mercator_quad(request: Request) -> Response:
    """Say how tiles are cut."""
    query.only_form(request, "json")
    return responses.document(request, tile_documents.web_mercator_quad())


def _collection(collection: Collection) -> Callable[..., Response]:
    def describe(
        request: Request, context: Annotated[RequestContext, requires(collection.permission)]
    ) -> Response:
        form = _form(request)
        with context.begin() as conn:
            exercise, box = store_flags.is_exercise(conn), extent(conn, context, collection)
        described = collection.described(context.page.words)
        document = documents.collection(root(request), described, box, form)
        if form == "html":
            page = context.page.marked(exercise)
            return responses.page(pages.collection(page, described, document))
        return responses.document(request, document)

    return describe


def _queryables(collection: Collection) -> Callable[..., Response]:
    def describe(
        request: Request, context: Annotated[RequestContext, requires(collection.permission)]
    ) -> Response:
        query.only_form(request, "json")
        context.journal_read()
        described = collection.described(context.page.words)
        answer = documents.queryables(root(request), described)
        return responses.document(request, answer, standard_names.SCHEMA)

    return describe


def _items(collection: Collection) -> Callable[..., Response]:
    def read(
        request: Request, context: Annotated[RequestContext, requires(collection.permission)]
    ) -> Response:
        form = query.form(request)
        asked = query.question(request, collection.properties)
        with context.begin() as conn:
            result = items.page(conn, context, collection, asked)
        here = f"{root(request)}/collections/{collection.id}"
        head = _head(request, here, form, result)
        if form == "html":
            page = context.page.marked(result.exercise)
            described = collection.described(page.words)
            answer = pages.items(page, described, head, result.text, f"{here}/items")
            return responses.page(answer)
        stamp = context.now.isoformat(timespec="seconds").replace("+00:00", "Z")
        return responses.features(request, head, result.text, asked.system_uri, stamp)

    return read


def _item(collection: Collection) -> Callable[..., Response]:
    def read(
        identifier: str,
        request: Request,
        context: Annotated[RequestContext, requires(collection.permission)],
    ) -> Response:
        form, uri = query.form(request), query.system(request)
        with context.begin() as conn:
            text = items.one(conn, context, collection, identifier, uri)
            exercise = store_flags.is_exercise(conn)
        here = f"{root(request)}/collections/{collection.id}"
        links = [
            *documents.selves(f"{here}/items/{identifier}", form, standard_names.GEOJSON),
            documents.link(here, "collection", standard_names.JSON, phrase("The collection")),
        ]
        if form == "html":
            page, described = (
                context.page.marked(exercise),
                collection.described(context.page.words),
            )
            return responses.page(pages.feature(page, described, text, links))
        return responses.feature(request, text, links, uri)

    return read


def _head(request: Request, here: str, form: str, found: items.Found) -> dict[str, object]:
    """Return all of a page of features but the features."""
    asked = request.query_params
    plain = {name: value for name, value in asked.items() if name != "f"}
    address = documents.address(f"{here}/items", plain)
    links = [
        *documents.selves(address, form, standard_names.GEOJSON),
        documents.link(here, "collection", standard_names.JSON, phrase("The collection")),
    ]
    if found.following is not None:
        following = {**dict(asked), "after": query.token(found.following)}
        kind = standard_names.HTML if form == "html" else standard_names.GEOJSON
        onward = documents.address(f"{here}/items", following)
        links.append(documents.link(onward, "next", kind, phrase("The next page")))
    matched = {} if found.matched is None else {"numberMatched": found.matched}
    marked = {"exercise": True} if found.exercise else {}
    return {**matched, "numberReturned": found.count, **marked, "links": links}


def _form(request: Request) -> str:
    query.single(request, query.EVERYWHERE)
    return query.form(request)


_HANDLERS: Mapping[str, Callable[[Collection], Callable[..., Response]]] = {
    "/items": _items,
    "/tiles/WebMercatorQuad/{zoom}/{row}/{column}": tiles.tile,
    "/items/{identifier:path}": _item,
    "": _collection,
    "/queryables": _queryables,
    "/tiles": tiles.tilesets,
    "/tiles/WebMercatorQuad": tiles.tileset,
}
"""Resources of every collection, the most frequent first, since routes are tried in order."""

for _path, _handler in _HANDLERS.items():
    for _one in sorted(ALL, key=lambda item: not item.counted):
        router.add_api_route(f"/collections/{_one.id}{_path}", _handler(_one), methods=["GET"])
