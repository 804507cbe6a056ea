"""OpenAPI 3.0 document of everything under `/ogc`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from geosites.presentation.i18n import Language
from geosites.web.ogc import standard_names
from geosites.web.ogc.documents import JSON_TYPES, Described
from geosites.web.ogc.openapi_schemas import SCHEMAS, TEXT, Document
from geosites.web.ogc.tile_documents import LAST_ZOOM

_LANGUAGE: Document = {"type": "string", "enum": [item.value for item in Language]}


def document(root: str, described: Sequence[Described]) -> Document:
    """Return the OpenAPI document; `root` is the base URL."""
    paths: Document = {
        "/": _get("landing", "Where everything is found", "landingPage", pages=True),
        "/conformance": _get("conformance", "What is kept", "conformance", pages=True),
        "/api": _get("api", "This document", "document", kind=standard_names.OPENAPI),
        "/collections": _get("collections", "The collections", "collections", pages=True),
        "/tileMatrixSets": _get("tileMatrixSets", "How tiles are cut", "document"),
        "/tileMatrixSets/WebMercatorQuad": _get("quad", "WebMercatorQuad", "document"),
    }
    for item in described:
        paths |= _collection(item)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "geosites",
            "version": "1.0.0",
            "description": "Where open-air consumption scenes form, are dispersed and move: heads "
            "at places, never persons. OGC API - Features and Tiles.",
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": root}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "parameters": _parameters(),
            "responses": {"problem": _problem()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _collection(one: Described) -> Document:
    here, tag = f"/collections/{one.id}", one.id
    fields = [_field(name, kind) for name, kind in one.properties.items()]
    choosing = _used("bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs")
    identifier = _path("featureId", TEXT)
    quad = f"{here}/tiles/WebMercatorQuad"
    places = [_path(name, _ZOOM if name == "tileMatrix" else _INDEX) for name in _PLACES]
    return {
        here: _get(tag, one.title, "collection", tag, pages=True),
        f"{here}/queryables": _get(
            f"{tag}Queryables", "What filters can name", "document", tag, kind=standard_names.SCHEMA
        ),
        f"{here}/items": _get(
            f"{tag}Items",
            one.description,
            "featureCollection",
            tag,
            parameters=[*_used("limit", "after", "crs"), *choosing, *fields],
            kind=standard_names.GEOJSON,
            pages=True,
        ),
        f"{here}/items/{{featureId}}": _get(
            f"{tag}Item",
            "One feature",
            "feature",
            tag,
            parameters=[identifier, *_used("crs")],
            kind=standard_names.GEOJSON,
            pages=True,
        ),
        f"{here}/tiles": _get(f"{tag}Tilesets", "Sets of tiles", "document", tag),
        quad: _get(
            f"{tag}Tileset", "What the tiles hold", "document", tag, forms=("json", "tilejson")
        ),
        f"{quad}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tile(
            tag, [*places, *choosing, *fields, *_used("detail")]
        ),
    }


_PLACES = ("tileMatrix", "tileRow", "tileCol")
_INDEX: Document = {"type": "integer", "minimum": 0}
_ZOOM: Document = {**_INDEX, "maximum": LAST_ZOOM}


def _tile(tag: str, parameters: list[Document]) -> Document:
    answer = _get(
        f"{tag}Tile", "A vector tile", "document", tag, parameters=parameters, forms=("mvt",)
    )
    result: dict[str, dict[str, dict[str, Document]]] = cast(
        "dict[str, dict[str, dict[str, Document]]]", answer
    )
    binary = {"schema": {"type": "string", "format": "binary"}}
    result["get"]["responses"]["200"]["content"] = {standard_names.TILE: binary}
    return answer


def _get(
    name: str,
    summary: str,
    schema: str,
    tag: str = "geosites",
    *,
    parameters: Sequence[Document] = (),
    kind: str = standard_names.JSON,
    pages: bool = False,
    forms: Sequence[str] = ("json",),
) -> Document:
    """Return the description of a GET operation; `forms` are the formats besides HTML."""
    content: Document = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if pages:
        content[standard_names.HTML] = {"schema": TEXT}
    if "tilejson" in forms:
        content[standard_names.TILEJSON] = {"schema": {"type": "object"}}
    form = _form((*forms, "html") if pages else forms)
    answers: Document = {
        "200": {"description": "The answer", "content": content},
        "304": {"description": "What the reader holds is still so"},
        **{status: {"$ref": "#/components/responses/problem"} for status in _REFUSALS},
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "parameters": [*parameters, form, *_used("lang")],
            "responses": answers,
        }
    }


_REFUSALS = ("400", "401", "403", "404", "422", "429", "500", "503")


def _problem() -> Document:
    shown = {"schema": {"$ref": "#/components/schemas/problem"}}
    return {
        "description": "What is wrong",
        "content": {"application/problem+json": shown, standard_names.HTML: {"schema": TEXT}},
    }


def _used(*asked: str) -> list[Document]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in asked]


def _path(name: str, schema: Mapping[str, object]) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _field(name: str, kind: str) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": f"Only features whose {name} is this.",
        "schema": JSON_TYPES[kind],
        "style": "form",
        "explode": False,
    }


def _query(name: str, description: str, schema: Mapping[str, object]) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _form(forms: Sequence[str]) -> Document:
    return _query("f", "The form of the answer.", {"type": "string", "enum": list(forms)})


def _parameters() -> Document:
    uri = {
        "type": "string",
        "format": "uri",
        "enum": list(standard_names.systems()),
        "default": standard_names.CRS84,
    }
    whole = {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}
    box: Document = {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    answer = (
        _query("lang", "The language of words.", _LANGUAGE),
        _query("limit", "How many features a page has at most.", whole),
        _query("after", "Where a page goes on; from a link `next`.", TEXT),
        _query("bbox", "Only features that meet this box.", box),
        _query("bbox-crs", "In which reference system the box is.", uri),
        _query("crs", "In which reference system the answer is.", uri),
        _query("datetime", "Only features that meet this instant or interval.", TEXT),
        _query("filter", "Only features that meet this condition in CQL2.", TEXT),
        _query(
            "filter-lang",
            "How the filter is written.",
            {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        ),
        _query("filter-crs", "In which reference system the filter's geometries are.", uri),
        _query(
            "detail",
            "Each sighting, or sums by cells of the tile; by default sums below zoom 14.",
            {"type": "string", "enum": ["each", "cells"]},
        ),
    )
    return {str(item["name"]): item for item in answer}
