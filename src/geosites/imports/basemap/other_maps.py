"""What the layers of other maps show: BD TOPO by the names of IGN, any other lines as streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

NAMES = (
    "name", "nom", "nom_voie", "nom_collaboratif_gauche", "nom_1_gauche", "nom_voie_ban_gauche",
    "libelle", "toponyme",
)  # fmt: skip
"""Columns that may hold a name, the surest first."""

_LAYERS = (
    ("voie_ferree", "rail"), ("hydrograph", "water"), ("plan_d_eau", "water"),
    ("cours_d_eau", "water"), ("batiment", "building"), ("vegetation", "park"), ("route", "road"),
)  # fmt: skip
"""What a layer of BD TOPO holds, by a part of its name."""

_LINES = ("LineString", "MultiLineString")
_AREAS = ("Polygon", "MultiPolygon")
_NATURES = {
    "type autoroutier": "motorway", "quasi-autoroute": "motorway", "bretelle": "motorway",
    "chemin": "path", "sentier": "path", "escalier": "path", "route empierrée": "path",
    "piste cyclable": "path",
}  # fmt: skip
_MAIN = ("1", "2", "3")
_RAIL_NATURES = {"tramway": "tram", "métro": "metro"}


def classified(frame: gpd.GeoDataFrame, layer: str, layers: list[str]) -> gpd.GeoDataFrame:
    """Return the features of one of `layers` that a map draws, with `kind`, `level` and `name`.

    A layer that BD TOPO names is what it is called; in a file without such a layer every line is
    a street.
    """
    kind = _kind(layer)
    if kind is None and not any(map(_kind, layers)):
        kind = "road"
    types: tuple[str, ...] = _AREAS if kind in ("building", "park") else _LINES
    if kind == "water":
        types = (*_LINES, *_AREAS)
    kept = frame[frame.geometry.geom_type.isin(types)] if kind else frame[:0]
    by_lower = {str(column).lower(): column for column in kept.columns}
    named = next((by_lower[name] for name in NAMES if name in by_lower), None)
    return gpd.GeoDataFrame(
        {
            "kind": np.full(len(kept), kind or "", dtype=object),
            "level": _levels(kept, kind, by_lower),
            "name": "" if named is None else kept[named].fillna("").astype(str).to_numpy(),
        },
        geometry=kept.geometry.to_numpy(),
        crs=frame.crs,
    )


def _kind(layer: str) -> str | None:
    name = layer.lower()
    return next((kind for part, kind in _LAYERS if part in name), None)


def _levels(
    frame: gpd.GeoDataFrame, kind: str | None, by_lower: dict[str, str]
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    def column(name: str) -> list[str]:
        if name not in by_lower:
            return [""] * len(frame)
        return [str(value).lower() for value in frame[by_lower[name]]]

    if kind == "rail":
        found = [_RAIL_NATURES.get(nature, "train") for nature in column("nature")]
    elif kind == "road":
        pairs = zip(column("nature"), column("importance"), strict=True)
        found = [
            _NATURES.get(nature, "main" if importance in _MAIN else "street")
            for nature, importance in pairs
        ]
    else:
        found = [""] * len(frame)
    return np.array(found, dtype=object)
