"""City records: time zone, metric reference system, levels, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Box:
    """A box in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """South-west and north-east corner, latitude first as Leaflet has it."""
        return (self.south, self.west), (self.north, self.east)

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def widened(self, share: float) -> Box:
        """Return the box, wider by a share of its sides in each direction."""
        x, y = share * (self.east - self.west), share * (self.north - self.south)
        return Box(
            max(self.west - x, -180.0),
            max(self.south - y, -90.0),
            min(self.east + x, 180.0),
            min(self.north + y, 90.0),
        )

    def document(self) -> dict[str, float]:
        """Return the box as `city.toml` has it."""
        return {name: round(getattr(self, name), 6) for name in SIDES}


SIDES = ("west", "south", "east", "north")


@dataclass(frozen=True, kw_only=True)
class Level:
    """A level of territories. `tiles`: its territories partition the city, alone or with others.

    Other levels nest in those. `numbered`: the map shows the number at the end of the code.
    `words`: singular and plural, by language.
    """

    id: str
    tiles: bool = True
    numbered: bool = False
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def called(self, language: str, *, several: bool = False) -> str:
        """Return the singular or plural of such territories, in any available language."""
        pair = self.words.get(language) or next(iter(self.words.values()), (self.id, self.id))
        return pair[1] if several else pair[0]


@dataclass(frozen=True, kw_only=True)
class CitySettings:
    """A city. `languages`: those of its pages, its own first. `metric`: EPSG code, in metres.

    `view` is the initial extent of maps, `bounds` the limits of reports and maps.
    """

    name: str
    languages: tuple[str, ...]
    zone: str
    metric: int
    levels: tuple[Level, ...]
    view: Box | None = None
    bounds: Box | None = None
    credits: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[float, ...] | None = None

    @cached_property
    def clocks(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone)

    @cached_property
    def tiling(self) -> tuple[str, ...]:
        """The levels that partition the city."""
        return tuple(level.id for level in self.levels if level.tiles)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The levels that nest in those."""
        return tuple(level.id for level in self.levels if not level.tiles)

    @cached_property
    def level_ids(self) -> tuple[str, ...]:
        """The levels, those that partition the city first."""
        return self.tiling + self.parts

    @property
    def everywhere(self) -> Box:
        """The bounds, or the world where there are none."""
        return self.bounds or Box(-180.0, -85.0, 180.0, 85.0)

    @property
    def first_view(self) -> Box:
        """The default extent of maps."""
        return self.view or self.everywhere

    def level(self, name: str) -> Level:
        """Return a level by its id; an undeclared one has only its id."""
        found = (level for level in self.levels if level.id == name)
        return next(found, Level(id=name))

    def districts(self, language: str) -> str:
        """Return the words for the territories that partition the city: `arrondissements, …`."""
        return ", ".join(
            level.called(language, several=True) for level in self.levels if level.tiles
        )

    def document(self) -> dict[str, object]:
        """Return the city as stored; `city_document.parsed` reads it."""
        result: dict[str, object] = {
            "name": self.name,
            "languages": list(self.languages),
            "zone": self.zone,
            "metric": self.metric,
            "tiles": list(self.tiling),
            "levels": [
                {
                    "id": level.id,
                    "tiles": level.tiles,
                    "numbered": level.numbered,
                    **{language: list(pair) for language, pair in level.words.items()},
                }
                for level in self.levels
            ],
            "credits": dict(self.credits),
        }
        boxes = {"view": self.view, "bounds": self.bounds}
        result |= {name: box.document() for name, box in boxes.items() if box}
        return result | ({"classes": list(self.classes)} if self.classes else {})
