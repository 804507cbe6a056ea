"""Map background from `data/geo`: water, railways, main streets and stations, in metres."""

from __future__ import annotations

from pathlib import Path

import shapely

from geosites.core import crs
from geosites.core.ground import Ground, GroundFeature, GroundKind
from geosites.reference_data.json_files import Entry, each, member

FILE = "ground.geojson"


def read_ground(folder: Path) -> Ground:
    """Return the features of `ground.geojson` and its credit; none without that file."""
    path = folder / FILE
    if not path.exists():
        return Ground()
    return Ground(features=tuple(each(path, _feature)), credit=member(path, "credit"))


def _feature(entry: Entry) -> GroundFeature:
    about = entry["properties"]
    shape = shapely.make_valid(shapely.geometry.shape(entry["geometry"]))
    return GroundFeature(
        kind=GroundKind(about["kind"]),
        shape=crs.geometry_to_metric(shape),
        name=about.get("name"),
        grade=about.get("class") or about.get("mode"),
        modes=tuple(about.get("modes", ())),
    )
