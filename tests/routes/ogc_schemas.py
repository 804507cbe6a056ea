"""What the documents of OGC API - Features have to hold, as JSON schemas of our own.

They say what the tables and schemas of the standard's Part 1 require, no more.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

LINK: Schema = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {
        "href": {"type": "string", "pattern": "^http://"},
        "rel": {"type": "string"},
        "type": {"type": "string", "pattern": "^[a-z]+/"},
        "title": {"type": "string"},
        "templated": {"type": "boolean"},
    },
}
LINKS: Schema = {"type": "array", "items": LINK, "minItems": 1}
LANDING: Schema = {
    "type": "object",
    "required": ["links"],
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "links": LINKS,
    },
}
CONFORMANCE: Schema = {
    "type": "object",
    "required": ["conformsTo"],
    "properties": {
        "conformsTo": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}
    },
}
EXTENT: Schema = {
    "type": "object",
    "properties": {
        "spatial": {
            "type": "object",
            "required": ["bbox"],
            "properties": {
                "bbox": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                        "items": {"type": "number"},
                    },
                },
                "crs": {"enum": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]},
            },
        },
        "temporal": {
            "type": "object",
            "required": ["interval"],
            "properties": {
                "interval": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"type": ["string", "null"]},
                    },
                },
                "trs": {"enum": ["http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"]},
            },
        },
    },
}
COLLECTION: Schema = {
    "type": "object",
    "required": ["id", "links", "crs", "storageCrs"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "links": LINKS,
        "extent": EXTENT,
        "itemType": {"enum": ["feature"]},
        "crs": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "storageCrs": {"type": "string"},
    },
}
COLLECTIONS: Schema = {
    "type": "object",
    "required": ["links", "collections"],
    "properties": {"links": LINKS, "collections": {"type": "array", "items": COLLECTION}},
}
GEOMETRY: Schema = {
    "type": ["object", "null"],
    "required": ["type", "coordinates"],
    "properties": {
        "type": {
            "enum": [
                "Point",
                "MultiPoint",
                "LineString",
                "MultiLineString",
                "Polygon",
                "MultiPolygon",
            ]
        },
        "coordinates": {"type": "array"},
    },
    "not": {"required": ["crs"]},
}
FEATURE: Schema = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"enum": ["Feature"]},
        "id": {"type": ["string", "integer"]},
        "geometry": GEOMETRY,
        "properties": {"type": ["object", "null"]},
        "links": LINKS,
    },
}
FEATURES: Schema = {
    "type": "object",
    "required": ["type", "features", "links", "timeStamp", "numberReturned"],
    "properties": {
        "type": {"enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": FEATURE},
        "links": LINKS,
        "timeStamp": {"type": "string"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
    },
}

TILEJSON = {
    "type": "object",
    "required": ["tilejson", "tiles", "vector_layers", "bounds", "minzoom", "maxzoom"],
    "properties": {
        "tilejson": {"type": "string", "pattern": "^3[.]0[.]0$"},
        "scheme": {"enum": ["xyz"]},
        "name": {"type": "string"},
        "attribution": {"type": "string", "minLength": 1},
        "minzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "maxzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "bounds": {
            "type": "array",
            "items": {"type": "number", "minimum": -180, "maximum": 180},
            "minItems": 4,
            "maxItems": 4,
        },
        "tiles": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "uri"}},
        "vector_layers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "fields"],
                "properties": {
                    "id": {"type": "string"},
                    "fields": {
                        "type": "object",
                        "additionalProperties": {"enum": ["String", "Number", "Boolean"]},
                    },
                },
            },
        },
    },
}
"""TileJSON 3.0.0, as its specification says what must be there."""
