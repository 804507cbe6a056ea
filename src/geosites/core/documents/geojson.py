"""GeoJSON as the maps of the service read it (RFC 7946)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class Geometry(TypedDict):
    """A geometry in WGS 84 degrees; the nesting of its coordinates depends on its type."""

    type: str
    coordinates: list[object]


class LinkProperties(TypedDict):
    """Where a feature leads; null where its reader may not go there."""

    href: NotRequired[str | None]


class CardProperties(LinkProperties):
    """What a tap on a feature shows: a title, facts as [label, value], and a page with more."""

    title: NotRequired[str]
    facts: NotRequired[list[list[str]]]


class DrawnProperties(LinkProperties):
    """Properties for drawing a feature besides its kind; each kind has some of them."""

    rank: NotRequired[int]
    at_least: NotRequired[float]
    label: NotRequired[str]
    level: NotRequired[str]
    status: NotRequired[str]
    sign: NotRequired[str]
    code: NotRequired[str]
    slug: NotRequired[str]
    m: NotRequired[float | None]
    text: NotRequired[str]
    id: NotRequired[str | None]
    doubtful: NotRequired[bool]


class FeatureProperties(DrawnProperties, CardProperties):
    """A feature, whose `kind` determines its style."""

    kind: str


class Feature(TypedDict):
    """One thing on a map."""

    type: str
    properties: FeatureProperties
    geometry: Geometry


class LayerMembers(TypedDict):
    """Foreign members of a layer (RFC 7946, section 6.1)."""

    bbox: NotRequired[list[float]]
    week: NotRequired[str]
    as_known_at: NotRequired[dt.datetime | None]
    exercise: NotRequired[bool]
    credit: NotRequired[str]
    classes: NotRequired[Sequence[float]]
    territories: NotRequired[dict[str, CardProperties]]


class Layer(LayerMembers):
    """A layer of a map: a FeatureCollection."""

    type: str
    features: list[Feature]
