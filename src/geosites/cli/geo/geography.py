"""`geosites geo` and `geosites site`: territories, sites, care places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import shapely
import typer

from geosites.cli.console.language import say, say_many
from geosites.cli.console.output import AsJson, answers, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core import crs
from geosites.core.errors import Refused
from geosites.core.records import Site
from geosites.db.geography import sites, territories
from geosites.db.maintenance import density_classes
from geosites.imports import geography
from geosites.settings import Settings

geo_app = App("The geography: load its data.")
site_app = App("The sites: add, remove.")


@geo_app.command()
def load(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="A folder like data/geo, which is the default."),
    ] = None,
    with_facts: Annotated[
        bool, typer.Option("--facts", help="Also load the dated public closures and operations.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load territories, sites, care places, streets; loading the same data again adds nothing."""
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        loaded = geography.load(conn, path, with_facts=with_facts)
    counts = loaded.document()
    if as_json:
        print_json({**counts, "warnings": list(loaded.warnings)})
        return
    for warning in loaded.warnings:
        remarks.print(words().retold(warning), markup=False)
    for name, count in counts.items():
        changed = say_many("%(count)s new or changed", "%(count)s new or changed", count)
        remarks.print(f"{_record_word(name)}{say(': ')}{changed}", markup=False)


@geo_app.command()
def classes(
    bounds: Annotated[
        list[float] | None,
        typer.Argument(metavar="BOUND", help="Five lower bounds, in people per hectare."),
    ] = None,
) -> None:
    """Show the classes in which every map draws density, or choose others for all weeks."""
    with open_store(Settings()) as store, store.begin() as conn:
        if bounds:
            density_classes.put(conn, tuple(bounds))
        chosen = density_classes.get(conn)
    answers.print(" ".join(f"{bound:g}" for bound in chosen))


def _record_word(name: str) -> str:
    return {
        "territories": say("territories"),
        "sites": say("sites"),
        "care_places": say("care places"),
        "ground": say("streets, rails, water and stations"),
        "closures": say("closures"),
        "operations": say("operations"),
    }[name]


@site_app.command()
def add(
    slug: Annotated[str, typer.Argument(help="Lower-case letters, digits and hyphens.")],
    name: Annotated[str, typer.Option(help="The name in common use.")],
    lon: Annotated[float, typer.Option(min=-180, max=180, help="Longitude in degrees, WGS 84.")],
    lat: Annotated[float, typer.Option(min=-90, max=90, help="Latitude in degrees, WGS 84.")],
    radius_m: Annotated[float, typer.Option(min=1, max=5000, help="Radius in metres.")],
) -> None:
    """Add a site: a circle around a point."""
    with open_store(Settings()) as store, store.begin() as conn:
        centre = shapely.Point(crs.to_metric([lon, lat])[0])  # in metres of the store's city
        frame = territories.frame(conn)
        around = frame[frame.geometry.covers(centre)]
        if around.empty:
            raise Refused(
                "lon %(lon)s, lat %(lat)s lies outside every loaded territory", lon=lon, lat=lat
            )
        perimeter = centre.buffer(radius_m, quad_segs=16)
        site = Site(
            slug=slug,
            name=name,
            perimeter=shapely.MultiPolygon([perimeter]),
            precision_m=0.0,
            territory=str(around.code.iloc[0]),
        )
        sites.add(conn, site)
    message = say("Site %(slug)s is recorded in %(where)s.", slug=slug, where=around.name.iloc[0])
    remarks.print(message, markup=False)


@site_app.command()
def remove(slug: Annotated[str, typer.Argument(metavar="SITE", help="The site.")]) -> None:
    """Remove a site that no record refers to; otherwise list the records."""
    with open_store(Settings()) as store, store.begin() as conn:
        sites.remove(conn, slug)
    remarks.print(say("Site %(slug)s is removed.", slug=slug), markup=False)
