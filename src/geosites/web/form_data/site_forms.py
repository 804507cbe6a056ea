"""Site form, typed or drawn on its map."""

from __future__ import annotations

import dataclasses
import re
import unicodedata

import shapely
import sqlalchemy as sa

from geosites.core.errors import phrase
from geosites.core.records import Site, is_one_line
from geosites.db.geography import sites, territories
from geosites.db.geography.site_changes import SiteUse, SiteVersion
from geosites.validation.free_text.notes import TextKind, reason_against
from geosites.web.form_data.drawn_areas import KEPT, TypedArea, as_geojson, metric_area
from geosites.web.form_data.forms import Mistaken, mistakes, required
from geosites.web.request_context import RequestContext

LARGEST_RADIUS_M = 5_000.0
LARGEST_M2 = 3.15 * LARGEST_RADIUS_M**2
LONGEST_SLUG = 60
DECIMALS = 3
"""Decimals of metres: perimeters are stored to the millimetre, like positions."""


class TypedSite(TypedArea):
    """Form to add or edit a site; one other name per line."""

    version: str = ""
    name: str = ""
    aliases: str = ""
    source: str = ""


def empty() -> TypedSite:
    """Return the form of a new site."""
    return TypedSite(shape="circle")


def typed_again(there: SiteVersion) -> TypedSite:
    """Return the form values of a site, with its perimeter unchanged."""
    return TypedSite(
        version=there.since.isoformat(),
        name=there.site.name,
        aliases="\n".join(there.use.aliases),
        source=there.site.source or "",
        shape=KEPT,
        geojson=as_geojson(there.site.perimeter),
    )


def made(
    conn: sa.Connection, context: RequestContext, typed: TypedSite, there: SiteVersion | None = None
) -> tuple[Site, SiteUse]:
    """Return the site that was typed and its other names; raises `Mistaken`."""
    required(typed, "name")
    with mistakes("aliases"):
        lines = (line.strip() for line in typed.aliases.splitlines())
        names = tuple(dict.fromkeys(line for line in lines if line and line != typed.name))
        used = dataclasses.replace(there.use if there else SiteUse(), aliases=names)
    if there is not None and typed.shape == KEPT:
        area = there.site.perimeter
    else:
        area = _perimeter(conn, context, typed)
    middle = shapely.point_on_surface(area)
    territory = territories.code_at(conn, middle)
    if territory is None:
        raise Mistaken({"shape": phrase("lies outside every territory")})
    names_here = territories.names_at(conn, middle)
    with mistakes("name"):
        site = Site(
            slug=there.site.slug if there else _slug(conn, typed.name),
            name=typed.name,
            perimeter=area,
            precision_m=there.site.precision_m if there and typed.shape == KEPT else 0.0,
            territory=territory,
            quartier=names_here[0] if len(names_here) > 1 else None,
            source=typed.source or None,
        )
    if there is not None and typed.shape == KEPT:
        site = dataclasses.replace(
            site, territory=there.site.territory, quartier=there.site.quartier
        )
    if len(typed.source) > 200 or not is_one_line(typed.source):
        raise Mistaken({"source": phrase("a text of one line, at most 200 characters")})
    told = reason_against(typed.source, TextKind.NAME)
    if told is not None:
        raise Mistaken({"source": told})
    return site, used


def _perimeter(
    conn: sa.Connection, context: RequestContext, typed: TypedSite
) -> shapely.MultiPolygon:
    area = metric_area(conn, context, typed, LARGEST_RADIUS_M)
    area = shapely.transform(area, lambda xy: xy.round(DECIMALS))
    if not area.is_valid or area.is_empty or not area.area > 0:
        raise Mistaken({"shape": phrase("is not an area: its sides cross, or it holds no ground")})
    if not area.area <= LARGEST_M2:
        raise Mistaken({"shape": phrase("is too large for a site")})
    with mistakes("shape"):
        context.asked.require_area(conn, area)
    whole = shapely.orient_polygons(area)
    return whole if whole.geom_type == "MultiPolygon" else shapely.MultiPolygon([whole])


def _slug(conn: sa.Connection, name: str) -> str:
    """Return the name of a site in addresses, one that no site ever had."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    stem = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-") or "site"
    taken = sites.ever(conn)
    if stem not in taken:
        return stem
    return next(
        item for item in (f"{stem}-{number}" for number in range(2, 10_000)) if item not in taken
    )
