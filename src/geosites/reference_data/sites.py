"""Known sites from `data/geo`, in metres."""

from __future__ import annotations

from pathlib import Path

import shapely

from geosites.core import crs
from geosites.core.records import Site
from geosites.reference_data.json_files import Entry, each

_SEGMENTS = 16


def read_sites(folder: Path) -> list[Site]:
    """Return the sites of `sites.geojson`; the perimeter is a disc of `radius_m` on the point."""
    return each(folder / "sites.geojson", _site)


def _site(feature: Entry) -> Site:
    about = feature["properties"]
    point = crs.geometry_to_metric(shapely.geometry.shape(feature["geometry"]))
    return Site(
        slug=about["slug"],
        name=about["name"],
        perimeter=point.buffer(about["radius_m"], quad_segs=_SEGMENTS),
        precision_m=float(about["precision_m"]),
        territory=about["insee"],
        quartier=about["quartier"],
        source=f"{about['source']} ({about['licence']})",
    )
