"""`geosites basemap`: the street map shown under the maps, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.console.language import say
from geosites.cli.console.output import progress, remarks
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.presentation.basemap_attribution import BUILT
from geosites.settings import Settings

app = App("The street map: build it from a file.")


@app.callback()
def basemap() -> None:
    """Read nothing before the command."""


@app.command()
def build(
    file: Annotated[
        Path, typer.Argument(help="An OpenStreetMap extract (.osm.pbf, .osm), lines, or tiles.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default beside the store.")
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Keep also what lies outside the territories.")
    ] = False,
    credit: Annotated[
        str | None, typer.Option(help="Credit of the map, as every map shows it.")
    ] = None,
) -> None:
    """Build the street map of the territories; a build that was interrupted goes on."""
    from geosites.cli.geo import tile_files
    from geosites.imports.basemap import build as building
    from geosites.web.tiles.basemap_tiles import TileFile

    settings = Settings()
    if tile_files.is_tiles(file):
        _take(settings, file, out or settings.home / BUILT)
        return
    with open_store(settings) as store:
        with store.begin() as conn:
            area = None if everywhere else building.area_of(conn)
        with progress() as show:
            result = building.build(file, out or settings.home / BUILT, area, credit, show)
        remarks.print(say("Reading the names of streets."), markup=False)
        streets = building.names(file, area, credit)
        with store.begin() as conn:
            building.put_names(conn, streets)
            version = TileFile.open(result.path).version
            building.put_tiles(conn, result.path, version, streets.network.credit)
    remarks.print(
        say(
            "%(path)s: %(features)s streets, buildings and waters in %(tiles)s tiles, %(size)s MB.",
            path=result.path,
            features=result.features,
            tiles=result.tiles,
            size=f"{result.size_bytes / 1e6:.1f}",
        ),
        markup=False,
    )
    remarks.print(
        say(
            "%(streets)s street names, %(ways)s ways on foot, %(houses)s house numbers.",
            streets=len(streets.network.names),
            ways=len(streets.network),
            houses=len(streets.houses),
        ),
        markup=False,
    )


def _take(settings: Settings, file: Path, out: Path) -> None:
    """Take a file of tiles as it is; it names no streets to search or to walk."""
    from geosites.cli.geo import tile_files
    from geosites.imports.basemap import build as building

    with open_store(settings) as store:
        taken = tile_files.take(file, out)
        with store.begin() as conn:
            count = tile_files.onto_paper(conn, taken, building.area_of(conn))
    remarks.print(
        say(
            "%(path)s: taken as it is; %(tiles)s tiles for maps on paper.",
            path=taken.path,
            tiles=count or 0,
        ),
        markup=False,
    )


@app.command()
def addresses(
    file: Annotated[Path, typer.Argument(help="A file of the Base Adresse Nationale (.csv.gz).")],
) -> None:
    """Load house numbers for the search on the maps; they replace those of the street map."""
    from geosites.db.geography import street_map
    from geosites.imports.basemap.addresses import CREDIT, read_addresses

    with open_store(Settings()) as store, store.begin() as conn:
        count = street_map.put_addresses(conn, read_addresses(file), CREDIT)
    remarks.print(say("%(count)s house numbers.", count=count), markup=False)
