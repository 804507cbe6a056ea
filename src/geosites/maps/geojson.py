"""GeoJSON for map layers: metres in, degrees rounded to about a metre out.

Text that people wrote is part of these documents, and is added to the page as text nodes only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.crs import to_geographic
from geosites.core.documents.geojson import (
    CardProperties,
    DrawnProperties,
    Feature,
    Geometry,
    Layer,
    LayerMembers,
)

MEDIA_TYPE = "application/geo+json"
DECIMALS = 5


@dataclass(frozen=True)
class Card:
    """What a tap on a feature shows: a title, facts as (label, value), and a page with more."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    href: str | None = None

    def properties(self) -> CardProperties:
        """Return the card as properties of a feature."""
        shown: CardProperties = {
            "title": self.title,
            "facts": [list(fact) for fact in self.facts],
        }
        return shown if self.href is None else {**shown, "href": self.href}


def feature(
    kind: str,
    shape: shapely.Geometry,
    card: Card | None = None,
    **properties: Unpack[DrawnProperties],
) -> Feature:
    """Return a feature; `shape` is in metres, `kind` determines how the map draws it."""
    shown: CardProperties = card.properties() if card else {}
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties, **shown},
        "geometry": geometry(shape),
    }


def geometry(shape: shapely.Geometry) -> Geometry:
    """Return a geometry in WGS 84 degrees with five decimals; ring order as in RFC 7946."""
    degrees = shapely.transform(shape, _rounded_degrees)
    document: Geometry = json.loads(shapely.to_geojson(shapely.orient_polygons(degrees)))
    return document


def bbox(shape: shapely.Geometry) -> list[float]:
    """Return west, south, east and north of a geometry in degrees."""
    return [float(edge) for edge in shapely.transform(shape, _rounded_degrees).bounds]


def _rounded_degrees(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.round(to_geographic(xy), DECIMALS)


def collection(features: Iterable[Feature], **members: Unpack[LayerMembers]) -> Layer:
    """Return a FeatureCollection; `members` are foreign members (RFC 7946, section 6.1)."""
    return {"type": "FeatureCollection", **members, "features": list(features)}


def dump(document: Layer) -> bytes:
    """Return a document as UTF-8, without spaces; instants as ISO 8601."""
    text = json.dumps(
        document, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_instant
    )
    return text.encode()


def _instant(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
