"""The map of a bulletin: stored as features without words, drawn with its legend for a page."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import cast

import geopandas as gpd
import shapely

from geosites.core.crs import geometry_to_geographic, geometry_to_metric
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.bulletins import BulletinMap
from geosites.core.documents.geojson import Feature, FeatureProperties, Layer, LayerMembers
from geosites.core.render_process import apart
from geosites.maps.geojson import collection, feature
from geosites.maps.layers.ground_layer import within
from geosites.maps.layers.territory_layer import outlines
from geosites.maps.layers.week_layer import WeekPicture, week_layer
from geosites.presentation import palette
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links

_WIDTH_IN = 7.09
"""Image size: the width of the text on A4, so that its letters keep their size."""

_HEIGHT_IN = 4.1
_MAP_WIDTH_IN, _KEY_AT_IN, _KEY_WIDTH_IN = 4.78, 4.95, 2.12
_EDGE_IN = 0.02
_FEW_STATUSES, _STATUS_IN = 3, 0.19
"""Number of statuses in the legend above which the image grows, and by how much for each."""

_DPI = 180
_MARGIN = 1.1
"""Margin, slightly more than `draw_map` adds to its extent."""

_MORE_M = 500.0
_ALARM_M = 200.0
"""Minimum size of an alarm, and its margin."""

_TALL_IN, _KEY_BELOW_IN, _GAP_IN = 3.9, 5.0, 0.08
"""Image size for a phone: the map's width and height, and space for the longest legend below."""

_FOOT_PT = 6.0
_POINTS = 72
_DRAWN_BY = frozenset({"kind", "rank", "label", "level", "status", "sign", "code"})


def plain_layers(
    ground: gpd.GeoDataFrame,
    streets: Layer,
    picture: WeekPicture,
    alarms: Sequence[AlarmDocument] = (),
) -> BulletinMap:
    """Return the layers of a week as GeoJSON without popups: the lowest first, without texts.

    `streets` are clipped to the image. `alarms` are marked above everything else.
    """
    week = _week(picture, alarms)
    view = _around(week["bbox"])
    return {
        "streets": within(streets, _shown(week["bbox"])),
        "ground": _plain(collection(outlines(ground, _beyond(view))), view),
        "week": _plain(week, view),
    }


def looked_at(picture: WeekPicture, alarms: Sequence[AlarmDocument] = ()) -> shapely.Geometry:
    """Return the rectangle that the picture of a week shows at most; degrees."""
    return _shown(_week(picture, alarms)["bbox"])


def _week(picture: WeekPicture, alarms: Sequence[AlarmDocument]) -> Layer:
    """Return the layer of a week with its alarms, which the picture shows wherever they are."""
    words, links = Words(Language.ENGLISH), Links(Language.ENGLISH, offline=True)
    week = week_layer(words, links, picture)
    areas = [_alarm_area(found) for found in alarms]
    week["features"] += [feature("alarm", area) for area in areas]
    week["features"] += [feature("alarm-sign", _top(area)) for area in areas]
    shown = [shapely.box(*week["bbox"])]
    shown += [geometry_to_geographic(area.buffer(_ALARM_M)) for area in areas]
    week["bbox"] = list(shapely.total_bounds(shown).tolist())
    return week


def _alarm_area(found: AlarmDocument) -> shapely.Geometry:
    middle = geometry_to_metric(shapely.Point(found["lon"], found["lat"]))
    return middle.buffer(max(found["radius_m"], _ALARM_M))


def _top(area: shapely.Geometry) -> shapely.Point:
    """Return the north-eastern edge of a circle: the number of a hotspot is at the north-west."""
    middle, (_, _, east, _) = area.centroid, area.bounds
    aside = (east - middle.x) * math.sqrt(0.5)
    return shapely.Point(middle.x + aside, middle.y + aside)


def _around(bbox: Sequence[float]) -> shapely.Geometry:
    """Return a rectangle that holds the picture, whatever its shape; degrees."""
    west, south, east, north = bbox
    wide, high = east - west, north - south
    return shapely.box(west - wide, south - high, east + wide, north + high)


def _beyond(view: shapely.Geometry) -> shapely.Geometry:
    """Return a rectangle in metres around one in degrees, with a small margin."""
    return geometry_to_metric(view).envelope.buffer(_MORE_M)


def _shown(bbox: Sequence[float]) -> shapely.Geometry:
    """Return the rectangle that the picture shows at most: `bbox` widened to its shape; degrees."""
    west, south, east, north = geometry_to_metric(shapely.box(*bbox)).bounds
    wide, high = _MAP_WIDTH_IN, _HEIGHT_IN
    per_in = max((east - west) / wide, (north - south) / high) * _MARGIN
    x, y, right, top = per_in * wide / 2, per_in * high / 2, (west + east) / 2, (south + north) / 2
    return geometry_to_geographic(shapely.box(right - x, top - y, right + x, top + y))


def _plain(layer: Layer, view: shapely.Geometry) -> Layer:
    beside: LayerMembers = {}
    if "bbox" in layer:
        beside["bbox"] = layer["bbox"]
    if "classes" in layer:
        beside["classes"] = layer["classes"]
    features: list[Feature] = [
        {**result, "properties": _drawn(result["properties"])}
        for result in layer["features"]
        if shapely.geometry.shape(result["geometry"]).intersects(view)
    ]
    return collection(features, **beside)


def _drawn(properties: FeatureProperties) -> FeatureProperties:
    kept = {key: value for key, value in properties.items() if key in _DRAWN_BY}
    if properties["kind"] == "site" and "title" in properties:
        kept["label"] = properties["title"]
    return cast("FeatureProperties", kept)


def bulletin_map(words: Words, layers: BulletinMap, *, tall: bool = False) -> bytes:
    """Return the map with its legend as PNG; the same layers give the same bytes.

    `layers` come from `plain_layers`, in any order. `tall`: for a phone, with the legend below.
    """
    return apart(_drawn_tall if tall else _drawn_map, words, layers)


def _drawn_map(words: Words, layers: BulletinMap) -> bytes:
    from matplotlib.figure import Figure  # takes half a second that only pictures need

    from geosites.maps.printed.print_legend import LegendColumn
    from geosites.maps.printed.print_map import draw_map, drawing, plain_axes, small_png

    shown = statuses(layers)
    high = _HEIGHT_IN + _STATUS_IN * max(0, len(shown) - _FEW_STATUSES)
    inside = high - 2 * _EDGE_IN
    with drawing():
        figure = Figure(figsize=(_WIDTH_IN, high), facecolor=palette.day("sheet"))
        place = (_EDGE_IN, _EDGE_IN, _MAP_WIDTH_IN, inside)
        draw_map(plain_axes(figure, place), words, _ordered(layers))
        beside = plain_axes(figure, (_KEY_AT_IN, _EDGE_IN, _KEY_WIDTH_IN, inside))
        column = LegendColumn(beside, _KEY_WIDTH_IN * _POINTS, inside * _POINTS)
        column.key(words, kinds(layers), layers["week"]["classes"], shown)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI)
    return small_png(out)


def _drawn_tall(words: Words, layers: BulletinMap) -> bytes:
    """Draw the map above its legend; empty space below the legend is cut off."""
    from matplotlib.figure import Figure

    from geosites.maps.printed.print_legend import LegendColumn
    from geosites.maps.printed.print_map import draw_map, drawing, plain_axes, small_png

    wide = _TALL_IN - 2 * _EDGE_IN
    deep = wide * (_HEIGHT_IN - 2 * _EDGE_IN) / _MAP_WIDTH_IN
    high = deep + 2 * _EDGE_IN + _GAP_IN + _KEY_BELOW_IN
    with drawing():
        figure = Figure(figsize=(_TALL_IN, high), facecolor=palette.day("sheet"))
        place = (_EDGE_IN, high - _EDGE_IN - deep, wide, deep)
        draw_map(plain_axes(figure, place), words, _ordered(layers))
        below = plain_axes(figure, (_EDGE_IN, 0, wide, _KEY_BELOW_IN))
        column = LegendColumn(below, wide * _POINTS, _KEY_BELOW_IN * _POINTS)
        column.key(words, kinds(layers), layers["week"]["classes"], statuses(layers))
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI)
    return small_png(out, cut_off=round(max(column.left - _FOOT_PT, 0) / _POINTS * _DPI))


def _ordered(layers: BulletinMap) -> dict[str, Layer]:
    """Return the layers in the order in which they are drawn."""
    ordered: dict[str, Layer] = {"ground": layers["ground"], "week": layers["week"]}
    return {"streets": layers["streets"], **ordered} if "streets" in layers else ordered


def statuses(layers: BulletinMap) -> frozenset[str]:
    """Return the statuses of the sites on the map."""
    return frozenset(
        result["properties"]["status"]
        for result in layers["week"]["features"]
        if result["properties"]["kind"] == "site" and "status" in result["properties"]
    )


def kinds(layers: BulletinMap) -> frozenset[str]:
    """Return the kinds of features in the layers."""
    return frozenset(
        result["properties"]["kind"]
        for layer in (layers["ground"], layers["week"])
        for result in layer["features"]
    )
