"""URIs defined by the standards: conformance classes, reference systems, media types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geosites.core import city, crs

_OGC = "http://www.opengis.net"

CRS84 = f"{_OGC}/def/crs/OGC/1.3/CRS84"
GREGORIAN = f"{_OGC}/def/uom/ISO-8601/0/Gregorian"
WEB_MERCATOR_QUAD = f"{_OGC}/def/tilematrixset/OGC/1.0/WebMercatorQuad"
WEB_MERCATOR = f"{_OGC}/def/crs/EPSG/0/3857"

GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
TILEJSON = "application/vnd.mapbox.tilejson+json"
TILE = "application/vnd.mapbox-vector-tile"

QUERYABLES = f"{_OGC}/def/rel/ogc/1.0/queryables"
TILESETS = f"{_OGC}/def/rel/ogc/1.0/tilesets-vector"
TILING = f"{_OGC}/def/rel/ogc/1.0/tiling-scheme"
TILING_SCHEMES = f"{_OGC}/def/rel/ogc/1.0/tiling-schemes"


@dataclass(frozen=True)
class System:
    """A reference system for coordinates in responses. `flipped`: north comes first."""

    srid: int
    digits: int
    flipped: bool = False


def storage() -> str:
    """Return the name of the storage reference system."""
    return f"{_OGC}/def/crs/EPSG/0/{city.metric()}"


def systems() -> Mapping[str, System]:
    """Return the available reference systems, by name."""
    return {
        CRS84: System(4326, 7),
        f"{_OGC}/def/crs/EPSG/0/4326": System(4326, 7, flipped=True),
        storage(): System(city.metric(), 2, flipped=crs.north_first(city.metric())),
        WEB_MERCATOR: System(3857, 2),
    }


_FEATURES = f"{_OGC}/spec/ogcapi-features"
_CQL2 = f"{_OGC}/spec/cql2/1.0/conf"
_TILES = f"{_OGC}/spec/ogcapi-tiles-1/1.0/conf"
_TMS = f"{_OGC}/spec/tms/2.0/conf"

CONFORMANCE = (
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(
        f"{_FEATURES}-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_CQL2}/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "temporal-functions",
            "property-property",
        )
    ),
    *(
        f"{_TILES}/{name}"
        for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")
    ),
    f"{_TMS}/tilematrixset",
    f"{_TMS}/json-tilematrixset",
)
"""The classes that hold, and no other."""
