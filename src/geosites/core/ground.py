"""What one finds one's way by: water, rails, main streets, stations by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import shapely

from geosites.core.errors import Refused
from geosites.core.records import MOST_NAME


class GroundKind(StrEnum):
    """What a feature of the ground is, the lowest drawn first."""

    WATER = "water"
    RAIL = "rail"
    ROAD = "road"
    STATION = "station"


ROAD_CLASSES = ("motorway", "main", "street")
"""From what is drawn widest and named first."""

_SHAPES = {
    GroundKind.WATER: frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}),
    GroundKind.RAIL: frozenset({"LineString", "MultiLineString"}),
    GroundKind.ROAD: frozenset({"LineString", "MultiLineString"}),
    GroundKind.STATION: frozenset({"Point"}),
}


@dataclass(frozen=True, kw_only=True)
class GroundFeature:
    """One feature in Lambert-93 metres. `grade` is the class of a road or the mode of a rail.

    Water is areas, and lines along which a name is written. `modes` are those that stop at a
    station. Raises `Refused` for a shape that its kind never has.
    """

    kind: GroundKind
    shape: shapely.Geometry
    name: str | None = None
    grade: str | None = None
    modes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.shape.geom_type not in _SHAPES[self.kind] or self.shape.is_empty:
            raise Refused(
                "%(kind)s: %(shape)s is no shape of it",
                kind=self.kind.value,
                shape=self.shape.geom_type,
            )
        if self.kind is GroundKind.ROAD and self.grade not in ROAD_CLASSES:
            raise Refused("road: %(grade)r is no class of it", grade=self.grade)
        if self.kind is GroundKind.STATION and not self.name:
            raise Refused("station: it has no name")
        if self.name is not None and len(self.name) > MOST_NAME:
            raise Refused("%(kind)s: its name is too long", kind=self.kind.value)
