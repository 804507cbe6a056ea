"""Background layer: water, railways, main streets and stations, simplified for screens."""

from __future__ import annotations

import json

import shapely

from geosites.core.documents.geojson import DrawnProperties, Feature, Geometry, Layer
from geosites.core.ground import Ground, GroundFeature, GroundKind
from geosites.maps.geojson import DECIMALS, collection, feature

TOLERANCE_M = 6.0
"""Simplification tolerance of lines; four pixels at zoom 16."""

MODES = ("train", "rer", "metro", "tram")
"""The modes of a station, from the one by which it is named first."""


def ground_layer(ground: Ground) -> Layer:
    """Return the features of a map background as GeoJSON, in order, with its credit.

    `level` is the class of a road, the mode of a railway or the first mode of a station; `label` is
    its name.
    """
    return collection([_drawn(item) for item in ground.features], credit=ground.credit)


def within(layer: Layer, area: shapely.Geometry) -> Layer:
    """Return a layer clipped to the bounding box of an area, in degrees."""
    kept = [(item, _cut(item, area)) for item in layer["features"]]
    features: list[Feature] = [
        {**item, "geometry": shape} for item, shape in kept if shape is not None
    ]
    return {**layer, "features": features}


def _cut(item: Feature, area: shapely.Geometry) -> Geometry | None:
    """Return the part of a feature in the rectangle around an area, or None."""
    whole = shapely.geometry.shape(item["geometry"])
    part = shapely.clip_by_rect(whole, *area.bounds)
    if part.is_empty or shapely.get_dimensions(part) != shapely.get_dimensions(whole):
        return None
    rounded = shapely.transform(part, lambda xy: xy.round(DECIMALS))
    document: Geometry = json.loads(shapely.to_geojson(shapely.orient_polygons(rounded)))
    return document


def _drawn(item: GroundFeature) -> Feature:
    shape = item.shape
    if item.kind is not GroundKind.STATION:
        shape = shapely.simplify(shape, TOLERANCE_M)
    properties: DrawnProperties = {}
    level = _level(item)
    if level is not None:
        properties["level"] = level
    if item.name is not None:
        properties["label"] = item.name
    return feature(item.kind.value, shape, **properties)


def _level(item: GroundFeature) -> str | None:
    if item.kind is GroundKind.STATION:
        return next((mode for mode in MODES if mode in item.modes), None)
    return item.grade
