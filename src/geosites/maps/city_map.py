"""A map of a city's territories with names and codes, to check how its folder was read."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from geosites.core import city
from geosites.core.records import Territory
from geosites.maps.geojson import collection
from geosites.maps.interactive import html_export
from geosites.maps.layers import territory_layer
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.tables.table import Cell, Table, TableColumn

_M2_PER_KM2 = 1e6


def city_file(
    language: Language, territories: Sequence[Territory], statement: Sequence[str]
) -> str:
    """Return the map and the table of a city's territories as one HTML file."""
    here = city.current()
    tiles = [item for item in territories if item.level in here.tiling]
    frame = gpd.GeoDataFrame(
        {name: [getattr(item, name) for item in tiles] for name in ("code", "level", "name")},
        geometry=[item.area for item in tiles],
        crs=city.metric(),
    )
    layers = {"ground": collection(territory_layer.outlines(frame))}
    return html_export.city_file(
        language, layers, here.name, statement, _table(Words(language), territories)
    )


def _table(words: Words, territories: Sequence[Territory]) -> Table:
    say, here = words.say, city.current()
    return Table(
        caption=say("Territories"),
        columns=(
            TableColumn(say("Code")),
            TableColumn(say("Name")),
            TableColumn(say("Level")),
            TableColumn(say("Area, km²"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(item.code),
                Cell(item.name),
                Cell(here.level(item.level).called(words.language)),
                Cell(words.number(item.area.area / _M2_PER_KM2, 2)),
            )
            for item in sorted(territories, key=lambda one: (one.level, one.code))
        ),
        empty=say("none"),
    )
