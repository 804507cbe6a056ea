"""Map background for orientation: water, railways, main streets, stations by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import shapely

from geosites.core.records import MOST_NAME


class GroundKind(StrEnum):
    """Kinds of background features, the lowest drawn first."""

    WATER = "water"
    RAIL = "rail"
    ROAD = "road"
    STATION = "station"


ROAD_CLASSES = ("motorway", "main", "street")
"""Road classes, the widest and first named first."""

_SHAPES = {
    GroundKind.WATER: frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}),
    GroundKind.RAIL: frozenset({"LineString", "MultiLineString"}),
    GroundKind.ROAD: frozenset({"LineString", "MultiLineString"}),
    GroundKind.STATION: frozenset({"Point"}),
}


@dataclass(frozen=True, kw_only=True)
class GroundFeature:
    """A feature in metres. `grade` is the class of a road or the mode of a railway.

    Water is areas, and lines along which a name is written. `modes` are those that stop at a
    station. Raises `ValueError` for a geometry type that its kind never has.
    """

    kind: GroundKind
    shape: shapely.Geometry
    name: str | None = None
    grade: str | None = None
    modes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.shape.geom_type not in _SHAPES[self.kind] or self.shape.is_empty:
            raise ValueError(f"{self.shape.geom_type} is not a shape of a {self.kind}")
        if self.kind is GroundKind.ROAD and self.grade not in ROAD_CLASSES:
            raise ValueError(f"{self.grade!r} is not a class of a road")
        if self.kind is GroundKind.STATION and not self.name:
            raise ValueError("a station has no name")
        if self.name is not None and len(self.name) > MOST_NAME:
            raise ValueError(f"the name of a {self.kind} is too long")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Features in the order in which they are drawn, and whom every map with them must credit."""

    features: tuple[GroundFeature, ...] = ()
    credit: str = ""
