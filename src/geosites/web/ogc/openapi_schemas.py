"""The schemas of what is answered under `/ogc`, for its OpenAPI document."""

from __future__ import annotations

Document = dict[str, object]

TEXT: Document = {"type": "string"}
_LINK: Document = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": dict.fromkeys(("href", "rel", "type", "title"), TEXT),
}
_LINKS: Document = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_COLLECTION: Document = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        **dict.fromkeys(("id", "title", "description", "itemType", "storageCrs"), TEXT),
        "extent": {"type": "object"},
        "crs": {"type": "array", "items": TEXT},
        "links": _LINKS,
    },
}
_PROBLEM: Document = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
    },
}
_FEATURE: Document = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": TEXT,
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object", "nullable": True},
        "links": _LINKS,
    },
}
_FEATURES: Document = {
    "type": "object",
    "required": ["type", "features", "timeStamp", "numberReturned", "links"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "timeStamp": {"type": "string", "format": "date-time"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "exercise": {"type": "boolean"},
        "links": _LINKS,
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
    },
}
SCHEMAS: Document = {
    "link": _LINK,
    "problem": _PROBLEM,
    "collection": _COLLECTION,
    "feature": _FEATURE,
    "featureCollection": _FEATURES,
    "landingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {"title": TEXT, "description": TEXT, "links": _LINKS},
    },
    "conformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": TEXT}},
    },
    "collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        },
    },
    "document": {"type": "object"},
}
