"""Territories from `data/geo`, in metres."""

from __future__ import annotations

from pathlib import Path

import shapely

from geosites.core import crs
from geosites.core.records import Territory
from geosites.reference_data.json_files import Entry, each


def read_territories(folder: Path) -> list[Territory]:
    """Return the territories of `territories.geojson`."""
    return each(folder / "territories.geojson", _territory)


def _territory(feature: Entry) -> Territory:
    about = feature["properties"]
    area = crs.geometry_to_metric(shapely.geometry.shape(feature["geometry"]))
    return Territory(
        code=about["code"],
        level=str(about["level"]),
        name=about["name"],
        label=about["label"],
        parent=about["parent"],
        area=area if area.geom_type == "MultiPolygon" else shapely.MultiPolygon([area]),
    )
