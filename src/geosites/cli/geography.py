"""`geosites geo` and `geosites site`: territories, sites, care places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import shapely
import typer

from geosites.cli.output import AsJson, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.core import crs
from geosites.core.errors import Refused
from geosites.core.records import Site
from geosites.db import sites, territories
from geosites.imports import geography
from geosites.settings import Settings

geo_app = typer.Typer(no_args_is_help=True, help="The geography: territories, sites, care places.")
site_app = typer.Typer(no_args_is_help=True, help="The named places.")


@geo_app.command()
def load(
    path: Annotated[Path | None, typer.Argument(help="A folder like data/geo.")] = None,
    with_facts: Annotated[
        bool, typer.Option("--facts", help="Also the dated public closures and operations.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load territories, sites and care places; loading them again adds nothing."""
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        loaded = geography.load(conn, path, with_facts=with_facts).document()
    if as_json:
        print_json(loaded)
        return
    for name, count in loaded.items():
        remarks.print(say("%(name)s: %(count)s new or changed", name=name, count=count))


@site_app.command()
def add(
    slug: Annotated[str, typer.Argument(help="Lower-case letters, digits and hyphens.")],
    name: Annotated[str, typer.Option(help="The name people use.")],
    lon: Annotated[float, typer.Option(min=-180, max=180, help="Degrees, WGS 84.")],
    lat: Annotated[float, typer.Option(min=-90, max=90, help="Degrees, WGS 84.")],
    radius_m: Annotated[float, typer.Option(min=1, max=5000, help="Metres.")],
) -> None:
    """Record a site: a circle around a point."""
    centre = shapely.Point(crs.to_metric([lon, lat])[0])
    with open_store(Settings()) as store, store.begin() as conn:
        holding = territories.frame(conn)
        holding = holding[holding.geometry.covers(centre)]
        if holding.empty:
            raise Refused(
                "lon %(lon)s, lat %(lat)s lies outside every loaded territory", lon=lon, lat=lat
            )
        perimeter = centre.buffer(radius_m, quad_segs=16)
        site = Site(
            slug=slug,
            name=name,
            perimeter=shapely.MultiPolygon([perimeter]),
            precision_m=0.0,
            territory=str(holding.code.iloc[0]),
        )
        sites.add(conn, site)
    said = say("Site %(slug)s is recorded in %(where)s.", slug=slug, where=holding.name.iloc[0])
    remarks.print(said, markup=False)


@site_app.command()
def remove(slug: Annotated[str, typer.Argument(help="The site.")]) -> None:
    """Remove a site that nothing refers to; what refers to it is named otherwise."""
    with open_store(Settings()) as store, store.begin() as conn:
        sites.remove(conn, slug)
    remarks.print(say("Site %(slug)s is removed.", slug=slug), markup=False)
