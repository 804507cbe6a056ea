"""Metadata of vector tiles: tile sets, TileJSON, tile matrix sets."""

from __future__ import annotations

from geosites.core.errors import phrase
from geosites.web.ogc import standard_names
from geosites.web.ogc.documents import (
    JSON_TYPES,
    Described,
    Document,
    Extent,
    link,
    with_form,
)

FIRST_ZOOM, LAST_ZOOM = 0, 22
_HALF_WORLD_M = 20037508.342789244
_PIXEL_M = 0.00028
_FIELDS: dict[object, str] = {
    "string": "String",
    "integer": "Number",
    "number": "Number",
    "boolean": "Boolean",
}
"""TileJSON names of property types."""


def tilesets(root: str, described: Described, extent: Extent) -> Document:
    """Return the one set of tiles that a collection has."""
    here = f"{root}/collections/{described.id}/tiles"
    return {
        "links": [link(here, "self", standard_names.JSON, phrase("Sets of tiles"))],
        "tilesets": [_tileset(here, root, described, extent)],
    }


def tileset(root: str, described: Described, extent: Extent) -> Document:
    """Return what the tiles of a collection hold, and where they are."""
    here = f"{root}/collections/{described.id}/tiles"
    answer = _tileset(here, root, described, extent)
    layer = {
        "id": described.id,
        "title": described.title,
        "dataType": "vector",
        "geometryDimension": {"point": 0, "linestring": 1}.get(described.shape, 2),
        "propertiesSchema": {
            "type": "object",
            "properties": {
                name: dict(JSON_TYPES[kind]) for name, kind in described.properties.items()
            },
        },
    }
    return {**answer, "layers": [layer]}


def _tileset(here: str, root: str, described: Described, extent: Extent) -> Document:
    quad = f"{here}/WebMercatorQuad"
    tile = link(
        f"{quad}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
        "item",
        standard_names.TILE,
        phrase("A tile"),
    )
    box = extent.box
    return {
        "title": described.title,
        "dataType": "vector",
        "crs": standard_names.WEB_MERCATOR,
        "tileMatrixSetURI": standard_names.WEB_MERCATOR_QUAD,
        **(
            {}
            if box is None
            else {
                "boundingBox": {
                    "lowerLeft": list(box[:2]),
                    "upperRight": list(box[2:]),
                    "crs": standard_names.CRS84,
                }
            }
        ),
        "links": [
            link(quad, "self", standard_names.JSON, phrase("This set of tiles")),
            link(with_form(quad, "tilejson"), "alternate", standard_names.TILEJSON, "TileJSON"),
            link(
                f"{root}/tileMatrixSets/WebMercatorQuad",
                standard_names.TILING,
                standard_names.JSON,
                phrase("The cut"),
            ),
            {**tile, "templated": True},
        ],
    }


def tilejson(root: str, described: Described, extent: Extent, credit: str) -> Document:
    """Return the set of tiles as TileJSON 3.0.0, which map libraries read."""
    quad = f"{root}/collections/{described.id}/tiles/WebMercatorQuad"
    layer = {
        "id": described.id,
        "description": described.description,
        "minzoom": FIRST_ZOOM,
        "maxzoom": LAST_ZOOM,
        "fields": {name: _FIELDS[JSON_TYPES[kind]["type"]] for name, kind in _fields(described)},
    }
    return {
        "tilejson": "3.0.0",
        "name": described.title,
        "description": described.description,
        "attribution": credit,
        "scheme": "xyz",
        "tiles": [f"{quad}/{{z}}/{{y}}/{{x}}"],
        "minzoom": FIRST_ZOOM,
        "maxzoom": LAST_ZOOM,
        **({} if extent.box is None else {"bounds": [round(end, 5) for end in extent.box]}),
        "vector_layers": [layer],
    }


def _fields(described: Described) -> list[tuple[str, str]]:
    return [("id", "text"), *described.properties.items()]


def tile_matrix_sets(root: str) -> Document:
    """Return the one way in which tiles are cut."""
    there = f"{root}/tileMatrixSets/WebMercatorQuad"
    return {
        "tileMatrixSets": [
            {
                "id": "WebMercatorQuad",
                "title": "Google Maps Compatible for the World",
                "uri": standard_names.WEB_MERCATOR_QUAD,
                "links": [link(there, "self", standard_names.JSON, "WebMercatorQuad")],
            }
        ]
    }


def web_mercator_quad() -> Document:
    """Return how WebMercatorQuad cuts the world: in four, and each part in four again."""
    return {
        "id": "WebMercatorQuad",
        "title": "Google Maps Compatible for the World",
        "uri": standard_names.WEB_MERCATOR_QUAD,
        "crs": standard_names.WEB_MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(FIRST_ZOOM, LAST_ZOOM + 1)],
    }


def _matrix(zoom: int) -> Document:
    cell = 2 * _HALF_WORLD_M / 256 / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF_WORLD_M, _HALF_WORLD_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }
