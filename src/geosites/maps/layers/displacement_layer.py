"""Map layer of a displacement study: territories by change, flow arrows."""

from __future__ import annotations

from collections.abc import Mapping

import shapely

from geosites.core import crs
from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.displacement_figures import FlowRow, TerritoryChangeRow
from geosites.core.documents.geojson import Feature, Layer
from geosites.maps.geojson import bbox, collection, feature
from geosites.maps.layers import popups
from geosites.maps.layers.flow_arrows import arrow, width_m
from geosites.maps.layers.territory_layer import first_view
from geosites.presentation.formatting import Words

MARGIN_M = 800.0
NEAR_M = 5_000.0
"""Distance from the target within which a rise is part of the map's extent."""

MOVE_KINDS = frozenset({"flow", "operation"})
"""Kinds of features in the legend besides the territories."""

Points = Mapping[str, shapely.Point]


def displacement_layer(
    words: Words,
    answer: DisplacementDocument,
    points: Points,
    target: shapely.Geometry | None,
    *,
    exercise: bool = False,
) -> Layer:
    """Return the GeoJSON document of an event; `points` has a point of each territory, by code.

    An arrow whose interval includes 0 is marked `doubtful`; `sign` is whether a territory rose or
    fell significantly.
    """
    features = [
        *_flows(words, answer, points),
        *_changes(words, answer, points),
        *_new_places(words, answer),
    ]
    document = {
        row["code"]: popups.change(words, row).properties() for row in answer["territories"]
    }
    if target is not None:
        features.insert(0, feature("operation", target))
    return collection(
        features,
        exercise=exercise,
        territories=document,
        bbox=bbox(_extent(answer, points, target)),
    )


def _flows(words: Words, answer: DisplacementDocument, points: Points) -> list[Feature]:
    names = {row["code"]: row["name"] for row in answer["territories"]}
    most = max((moved["heads"] for moved in answer["flows"]), default=0.0)
    return [
        _flow(words, names, moved, points, most)
        for moved in answer["flows"]
        if moved["from"] != moved["to"] and not moved.get("new") and round(moved["heads"]) >= 1
    ]


def _flow(
    words: Words, names: dict[str, str], moved: FlowRow, points: Points, most: float
) -> Feature:
    shape = arrow(points[moved["from"]], points[moved["to"]], width_m(moved["heads"], most))
    doubtful = moved["low"] <= 0
    card = popups.flow(words, names, moved)
    return feature("flow", shape, card, sign="doubtful" if doubtful else "clear")


def _changes(words: Words, answer: DisplacementDocument, points: Points) -> list[Feature]:
    return [
        feature(
            "change",
            points[row["code"]],
            popups.change(words, row),
            label=words.signed(row["change"]),
            level=change_sign(row),
        )
        for row in answer["territories"]
        if row["code"] in points and change_sign(row) != "doubtful"
    ]


def _new_places(words: Words, answer: DisplacementDocument) -> list[Feature]:
    """Return the places that hold people since the event and did not before."""
    names = {row["code"]: row["name"] for row in answer["territories"]}
    return [
        feature(
            "change",
            crs.geometry_to_metric(shapely.Point(place["lon"], place["lat"])),
            popups.new_place(words, names, place),
            label=words.say("new: %(change)s", change=words.signed(place["heads"])),
            level="new",
        )
        for place in answer.get("new_places", [])
    ]


def change_sign(row: TerritoryChangeRow) -> str:
    """Return `rise`, `fall`, or `doubtful` where the interval holds 0."""
    if row["low"] > 0:
        return "rise"
    return "fall" if row["high"] < 0 else "doubtful"


def _extent(
    answer: DisplacementDocument, points: Points, target: shapely.Geometry | None
) -> shapely.Geometry:
    """Return the extent of the map: the target, the ends of significant flows, new places.

    Without a significant flow, the territories near the target with a significant rise are used
    instead.
    """
    clear = [moved for moved in answer["flows"] if moved["low"] > 0]
    ends = {code for moved in clear for code in (moved["from"], moved["to"])}
    shown = [points[code] for code in sorted(ends) if code in points]
    if not shown:
        risen = [row["code"] for row in answer["territories"] if change_sign(row) == "rise"]
        near = [points[code] for code in risen if code in points]
        shown = [one for one in near if target is None or one.distance(target) < NEAR_M]
    shown += [
        crs.geometry_to_metric(shapely.Point(place["lon"], place["lat"]))
        for place in answer.get("new_places", [])
    ]
    everything = shapely.union_all([*shown, *([] if target is None else [target])])
    return everything.buffer(MARGIN_M) if not everything.is_empty else first_view()
