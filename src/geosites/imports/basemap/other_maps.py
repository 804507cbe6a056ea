"""Layers of other map sources: BD TOPO by IGN, or any lines, taken as streets.

Names of layers, columns and values are those of BD TOPO 3: of the GeoPackage, and of shapefiles,
whose columns have ten letters at most (`NOM_COLL_G`, `POS_SOL`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geosites.core import crs
from geosites.core.street_network import STOOD_ON, WALKED, MapPlace
from geosites.imports.basemap.written_names import readable

NAMES = (
    "name", "nom", "nom_voie", "nom_voie_ban_gauche", "nom_ban_g", "nom_voie_ban_droite",
    "nom_ban_d", "nom_collaboratif_gauche", "nom_coll_g", "nom_collaboratif_droite", "nom_coll_d",
    "nom_1_gauche", "nom_1_g", "nom_1_droite", "nom_1_d", "nom_voie_gauche", "nom_voie_g",
    "nom_voie_droite", "nom_voie_d",
    "cpx_toponyme_route_nommee", "libelle", "toponyme",
    "nom_rue", "nom_de_la_voie", "nom_complet", "lib_voie", "libelle_voie", "libellevoie", "l_voie",
    "voie", "rue", "denomination", "fullname", "full_name", "street_name", "streetname", "st_name",
    "stname", "road_name", "roadname", "street", "str_name", "strname", "strassenname",
    "straßenname", "strassename", "strasse", "straße", "bezeichnung", "straatnaam", "naam",
    "nombre", "nombre_via", "calle", "via", "nome", "nome_via", "denominazione", "nazwa", "navn",
    "namn", "label",
)  # fmt: skip
"""Name columns in order of preference: full names before abbreviations.

After those of BD TOPO come the column names that cities use in published data.
"""

_LAYERS = (
    ("voie_ferree", "rail"), ("hydrograph", "water"), ("plan_d_eau", "water"),
    ("cours_d_eau", "water"), ("batiment", "building"), ("vegetation", "park"),
    ("cimetiere", "park"), ("terrain_de_sport", "park"), ("route", "road"),
)  # fmt: skip
"""What a layer of BD TOPO holds, by a part of its name."""

_ELSEWHERE = (
    ("rail", "rail"), ("tram", "rail"), ("waterway", "water"), ("river", "water"),
    ("canal", "water"), ("building", "building"), ("bound", "none"), ("admin", "none"),
    ("power", "none"), ("contour", "none"),
)  # fmt: skip
"""What a layer of other files holds that is not a street, by a part of its name (Geofabrik)."""

_TWICE = ("nommee", "numerotee", "itineraire", "toponymie", "detail", "noeud", "bassin")
"""Layers that duplicate others: roads by their number, names of waters, nodes."""

_PLACES = ("zone_d_habitation", "lieu_dit")
_STATIONS = ("equipement_de_transport",)
_STATION_NATURES = ("gare voyageurs", "station de", "arrêt voyageurs")
_LINES = ("LineString", "MultiLineString")
_AREAS = ("Polygon", "MultiPolygon")
_NATURES = {
    "type autoroutier": "motorway", "quasi-autoroute": "motorway", "bretelle": "motorway",
    "chemin": "path", "sentier": "path", "escalier": "path", "route empierrée": "path",
    "piste cyclable": "path",
}  # fmt: skip
_NO_STREET = ("bac ou liaison maritime",)
_MAIN = ("1", "2", "3")
_RAIL_NATURES = {"tramway": "tram", "métro": "metro"}

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of a layer by their names in small letters, as texts in small letters."""

    frame: gpd.GeoDataFrame

    def texts(self, *names: str) -> Objects:
        """Return the first of these columns that the layer has; empty texts where none is."""
        by_lower = {str(column).lower(): column for column in self.frame.columns}
        found = next((by_lower[name] for name in names if name in by_lower), None)
        if found is None:
            return np.full(len(self.frame), "", dtype=object)
        column = self.frame[found]
        return np.asarray(column.astype(object).where(column.notna(), "").astype(str), dtype=object)

    def lower(self, *names: str) -> Objects:
        """Return such a column in small letters."""
        return np.array([text.strip().lower() for text in self.texts(*names)], dtype=object)


def classified(frame: gpd.GeoDataFrame, layer: str, layers: list[str]) -> gpd.GeoDataFrame:
    """Return the features of one of `layers` that a map draws: `kind`, `level`, `name`, `use`.

    A layer with a name of BD TOPO has that type; in a file without such a layer every line is a
    street. `use` is the use of a road (`WALKED`, `STOOD_ON`).
    """
    kind = _kind(layer)
    if kind is None and not any(map(known, layers)):
        kind = next((what for part, what in _ELSEWHERE if part in layer.lower()), "road")
    types: tuple[str, ...] = _AREAS if kind in ("building", "park") else _LINES
    if kind == "water":
        types = (*_LINES, *_AREAS)
    kept = frame[frame.geometry.geom_type.isin(types)] if kind else frame[:0]
    kept = kept[_there(_Columns(kept), kind)]
    columns = _Columns(kept)
    level = _levels(columns, kind)
    return gpd.GeoDataFrame(
        {
            "kind": np.full(len(kept), kind or "", dtype=object),
            "level": level,
            "name": _names(columns),
            "use": _use(columns, level),
        },
        geometry=kept.geometry.to_numpy(),
        crs=frame.crs,
    )


def known(layer: str) -> bool:
    """Return whether a layer has a name of BD TOPO."""
    return _kind(layer) is not None or _part_of(layer, (*_PLACES, *_STATIONS, *_TWICE))


def places(frame: gpd.GeoDataFrame, layer: str) -> Iterator[MapPlace]:
    """Yield the named places and stations of a layer in degrees, where BD TOPO has such there."""
    columns = _Columns(frame)
    if _part_of(layer, _PLACES):
        kept, kind = np.full(len(frame), fill_value=True), "place"
    elif _part_of(layer, _STATIONS):
        natures = columns.lower("nature")
        kept, kind = (
            np.array([one.startswith(_STATION_NATURES) for one in natures], bool),
            "station",
        )
    else:
        return
    shapes = shapely.point_on_surface(frame.geometry.to_numpy())
    lonlat = shapely.get_coordinates(shapes).reshape(-1, 2)
    for name, (x, y), told in zip(
        _names(columns), crs.to_metric(lonlat).tolist(), kept, strict=True
    ):
        if told and name:
            yield MapPlace(name=name, kind=kind, x=x, y=y)


def _kind(layer: str) -> str | None:
    if _part_of(layer, _TWICE):
        return None
    return next((kind for part, kind in _LAYERS if part in layer.lower()), None)


def _part_of(layer: str, parts: tuple[str, ...]) -> bool:
    return any(part in layer.lower() for part in parts)


def _there(columns: _Columns, kind: str | None) -> npt.NDArray[np.bool_]:
    """Return which features are there: not planned, no ferry, no line drawn through a lake."""
    state = columns.lower("etat_de_l_objet", "etat")
    there = np.isin(state, ["", "none", "en service"])
    if kind == "water":
        there &= ~np.isin(columns.lower("fictif"), ["true", "oui", "1"])
    if kind == "road":
        there &= ~np.isin(columns.lower("nature"), _NO_STREET)
    return np.asarray(there, dtype=np.bool_)


def _names(columns: _Columns) -> Objects:
    """Return the name of each feature: the preferred one that is not empty, written out."""
    found = np.full(len(columns.frame), "", dtype=object)
    for name in NAMES:
        found = np.where(found == "", columns.texts(name), found)
    return np.array([readable(text) for text in found], dtype=object)


def _levels(columns: _Columns, kind: str | None) -> Objects:
    nature = columns.lower("nature")
    if kind == "rail":
        return np.array([_RAIL_NATURES.get(one, "train") for one in nature], dtype=object)
    if kind == "road":
        pairs = zip(nature, columns.texts("importance"), strict=True)
        classes = [
            _NATURES.get(one, "main" if importance in _MAIN else "street")
            for one, importance in pairs
        ]
        return np.array(classes, dtype=object)
    return np.full(len(nature), "", dtype=object)


def _use(columns: _Columns, level: Objects) -> npt.NDArray[np.int64]:
    """Return the use of each road; underground, only paths are walkable, and no name is used."""
    below = pd.to_numeric(
        pd.Series(columns.texts("position_par_rapport_au_sol", "pos_sol")), errors="coerce"
    ).lt(0)
    foot = columns.lower("acces_pieton", "acces_ped")
    barred = np.array([one.startswith("interdit") for one in foot], dtype=np.bool_)
    walked = (level != "motorway") & ~barred & ~(below.to_numpy() & (level != "path"))
    stood = (level != "motorway") & ~below.to_numpy()
    return np.asarray(walked * WALKED + stood * STOOD_ON, dtype=np.int64)
