"""The collections: titles, permissions and sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from geosites.db.features import collections
from geosites.db.features.geojson_pages import FeatureSource, PropertyKind
from geosites.db.visibility import Sight
from geosites.permissions.policy import Permission
from geosites.presentation.formatting import Words
from geosites.web.ogc import flows, hotspots, weeks
from geosites.web.ogc.computed import Chunked
from geosites.web.ogc.documents import Described

Reader = Callable[[Sight], FeatureSource]


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One collection: read from tables, or computed piece by piece."""

    id: str
    permission: Permission
    properties: Mapping[str, PropertyKind]
    shape: str
    timed: bool
    origin: Reader | Chunked
    counted: bool = False
    """Whether counts are cached, since counting takes long."""

    def described(self, words: Words) -> Described:
        """Return the collection in the words of a language."""
        title, description = _words(words)[self.id]
        return Described(
            id=self.id,
            title=title,
            description=description,
            properties=self.properties,
            shape=self.shape,
            timed=self.timed,
        )


ALL = (
    Collection(
        id="territories",
        permission=Permission.READ_GROUND,
        properties=collections.TERRITORIES,
        shape="multipolygon",
        timed=False,
        origin=collections.territories,
    ),
    Collection(
        id="sites",
        permission=Permission.READ_CLOSURE,
        properties=collections.SITES,
        shape="multipolygon",
        timed=False,
        origin=collections.sites,
    ),
    Collection(
        id="sightings",
        permission=Permission.READ_SIGHTINGS,
        properties=collections.SIGHTINGS,
        shape="point",
        timed=True,
        origin=collections.sightings,
        counted=True,
    ),
    Collection(
        id="operations",
        permission=Permission.READ_DISPLACEMENT,
        properties=collections.OPERATIONS,
        shape="multipolygon",
        timed=True,
        origin=collections.operations,
    ),
    Collection(
        id="closures",
        permission=Permission.READ_CLOSURE,
        properties=collections.CLOSURES,
        shape="multipolygon",
        timed=True,
        origin=collections.closures,
    ),
    Collection(
        id="hotspots",
        permission=Permission.READ_WEEK,
        properties=hotspots.PROPERTIES,
        shape="multipolygon",
        timed=True,
        origin=hotspots.CHUNKED,
    ),
    Collection(
        id="weeks",
        permission=Permission.READ_WEEK,
        properties=weeks.PROPERTIES,
        shape="multipolygon",
        timed=True,
        origin=weeks.CHUNKED,
    ),
    Collection(
        id="flows",
        permission=Permission.READ_DISPLACEMENT,
        properties=flows.PROPERTIES,
        shape="linestring",
        timed=True,
        origin=flows.CHUNKED,
    ),
)
"""Every collection, in the order in which they are listed."""


def _words(words: Words) -> Mapping[str, tuple[str, str]]:
    say = words.say
    return {
        "territories": (
            say("Territories"),
            say("Those that cover the ground once, and those that nest in them."),
        ),
        "sites": (say("Sites"), say("Named places with their perimeters.")),
        "sightings": (
            say("Sightings"),
            say("Visits to places: where, when, how many people; 0 means that nobody was there."),
        ),
        "operations": (
            say("Operations"),
            say("Operations of the services at a place, over a period."),
        ),
        "closures": (say("Closures"), say("Declared closures of a site, for a period.")),
        "hotspots": (
            say("Hotspots"),
            say("Areas that stand out from chance, week by week, the latest first."),
        ),
        "weeks": (
            say("Territories week by week"),
            say("Visits and people in each territory, the latest week first."),
        ),
        "flows": (
            say("Flows"),
            say("Moves between territories allocated after an event, the latest first."),
        ),
    }
