"""An area in a form: that of a site, a circle, corners, or GeoJSON as text or file.

The map of the form fills in the same fields, so that the form also works without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import shapely
import sqlalchemy as sa
from fastapi import UploadFile
from starlette.datastructures import UploadFile as Upload

from geosites.core.crs import geometry_to_geographic, geometry_to_metric
from geosites.core.errors import phrase
from geosites.web.form_data.forms import Mistaken, TypedForm, decimal_text, required
from geosites.web.form_data.report_dependencies import seen_sites
from geosites.web.request_context import RequestContext

KEPT, OF_SITE, CIRCLE, POLYGON, GEOJSON = "kept", "site", "circle", "polygon", "geojson"
LONGEST_BYTES = 1_000_000
MOST_POINTS = 20_000
DECIMALS = 7
"""Of degrees: a centimetre."""

_SPACES = re.compile(r"[\s;]+")


class TypedArea(TypedForm):
    """Form fields of an area; `shape` selects which of them are used."""

    shape: str = ""
    area_site: str = ""
    lon: str = ""
    lat: str = ""
    radius_m: str = ""
    points: str = ""
    geojson: str = ""
    file: UploadFile | str | None = None

    def text(self) -> dict[str, str]:
        """Return the values by field, without the file, which a browser does not send again."""
        return self.model_dump(exclude={"file"})


def columns(conn: sa.Connection, context: RequestContext, typed: TypedArea) -> dict[str, str]:
    """Return an area as the columns of a report: a circle, or `wkt`; raises `Mistaken`.

    `kept` is handled by the caller.
    """
    if typed.shape == CIRCLE:
        required(typed, "lon", "lat", "radius_m")
        return {name: decimal_text(getattr(typed, name)) for name in ("lon", "lat", "radius_m")}
    if typed.shape == OF_SITE:
        return {"wkt": _of_site(conn, context, typed.area_site).wkt}
    if typed.shape == POLYGON:
        return {"wkt": _of_corners(typed.points).wkt}
    if typed.shape == GEOJSON:
        return {"wkt": _of_geojson(typed).wkt}
    raise Mistaken({"shape": phrase("choose one of the list")})


def metric_area(
    conn: sa.Connection, context: RequestContext, typed: TypedArea, radius_m: float
) -> shapely.Geometry:
    """Return an area in metres, a circle with a radius of at most `radius_m`."""
    given = columns(conn, context, typed)
    if "wkt" in given:
        return geometry_to_metric(shapely.from_wkt(given["wkt"]))
    lon, lat, radius = (_number(given[name], name) for name in ("lon", "lat", "radius_m"))
    if not 1 <= radius <= radius_m:
        raise Mistaken(
            {"radius_m": phrase("a radius has 1 to %(most)s metres", most=f"{radius_m:.0f}")}
        )
    if abs(lon) > 180 or abs(lat) > 90:
        raise Mistaken({"lon": phrase("is not a longitude and latitude")})
    return geometry_to_metric(shapely.Point(lon, lat)).buffer(radius, quad_segs=16)


def as_geojson(area: shapely.Geometry) -> str:
    """Return an area in metres as a form shows it."""
    degrees = shapely.set_precision(geometry_to_geographic(area), 0)
    rounded = shapely.transform(degrees, lambda xy: xy.round(DECIMALS))
    return str(shapely.to_geojson(rounded))


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise Mistaken({name: phrase("is not a number")})
    return value


def _of_site(conn: sa.Connection, context: RequestContext, slug: str) -> shapely.Geometry:
    known = {site.slug: site for site in seen_sites(conn, context)}
    if slug not in known:
        raise Mistaken({"area_site": phrase("choose one of the list")})
    return geometry_to_geographic(known[slug].perimeter)


def _of_corners(text: str) -> shapely.Polygon:
    lines = [line for line in text.splitlines() if line.strip()]
    if not 3 <= len(lines) <= MOST_POINTS:
        raise Mistaken({"points": phrase("give three corners or more, each on a line of its own")})
    ring = [_corner(number, line) for number, line in enumerate(lines, start=1)]
    return shapely.Polygon(ring)


def _corner(number: int, line: str) -> tuple[float, float]:
    """Return longitude and latitude of a line such as `2,38995 48,89985` or `2.38995, 48.89985`."""
    parts = [part.rstrip(",") for part in _SPACES.split(line.strip()) if part.rstrip(",")]
    if len(parts) == 1:
        parts = parts[0].split(",")
    try:
        lon, lat = (float(decimal_text(part)) for part in parts)
    except ValueError:
        lon = lat = float("nan")
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise Mistaken(
            {"points": phrase("line %(line)s is not a longitude and latitude", line=number)}
        )
    return lon, lat


def _of_geojson(typed: TypedArea) -> shapely.Geometry:
    text = typed.geojson
    if isinstance(typed.file, Upload) and typed.file.filename:
        text = _file_text(typed.file)
    if len(text) > LONGEST_BYTES:
        raise Mistaken({"geojson": phrase("is too long for one area")})
    try:
        found = list(_areas(json.loads(text)))
    except (ValueError, RecursionError):
        raise Mistaken({"geojson": phrase("is not GeoJSON")}) from None
    if not found:
        raise Mistaken({"geojson": phrase("holds no polygon")})
    whole = shapely.force_2d(shapely.union_all(found)) if len(found) > 1 else found[0]
    return shapely.force_2d(whole)


def _file_text(file: Upload) -> str:
    content = file.file.read(LONGEST_BYTES + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Mistaken({"geojson": phrase("is not GeoJSON")}) from None


def _areas(document: object) -> Iterator[shapely.Geometry]:
    """Yield the polygons of a geometry, a feature or a collection; raises `ValueError` for others.

    Too many corners, or rings that cross, are refused by the rules for areas.
    """
    if not isinstance(document, dict):
        raise ValueError("no GeoJSON object")
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        for feature in features if isinstance(features, list) else [None]:
            yield from _areas(feature)
    elif kind == "Feature":
        yield from _areas(document.get("geometry"))
    elif kind in ("Polygon", "MultiPolygon"):
        try:
            shape = shapely.from_geojson(json.dumps(document))
        except shapely.errors.GEOSException as error:
            raise ValueError("no polygon") from error
        if shapely.get_num_coordinates(shape) > MOST_POINTS or not shape.is_valid:
            raise ValueError("too many corners, or rings that cross")
        if not shape.is_empty:
            yield shape
    else:
        raise ValueError("no polygon")
