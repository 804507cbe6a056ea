"""Propose which columns of a file match ours, by common names; never applied by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

_CLOCKS = ("heure", "heures", "time", "uhrzeit", "hora", "ora", "dispatch_time")
_DAYS = (
    "date",
    "datum",
    "fecha",
    "data",
    "day",
    "jour",
    "dispatch_date",
    "date_observation",
    "observation_date",
)
_PARTS = (
    ("an", "mois", "jour", "hrmn"),
    ("annee", "mois", "jour", "heure", "minute"),
    ("annee", "mois", "jour", "heure"),
    ("year", "month", "day", "hour", "minute"),
    ("year", "month", "day", "time"),
    ("year", "month", "day", "hour"),
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "observed_at": (
        "date_time",
        "datetime",
        "date_heure",
        "date_et_heure",
        "horodatage",
        "timestamp",
        "observe_le",
        "vu_le",
        "seen_at",
        *_DAYS,
    ),
    "lon": ("longitude", "long", "lng", "longitude_wgs84", "lon_wgs84", "coord_lon"),
    "lat": ("latitude", "latitude_wgs84", "lat_wgs84", "coord_lat"),
    "lat_lon": (
        "lat_lon",
        "latlon",
        "lat_long",
        "latlong",
        "lat_lng",
        "latlng",
        "latitude_longitude",
        "geo_point_2d",
        "geo_point",
        "geopoint",
        "coordonnees_geo",
        "coordonnees_gps",
        "coord_gps",
        "gps",
        "coordonnees",
        "coordonnees_geographiques",
        "coordinates",
        "coords",
        "coord",
        "koordinaten",
        "coordenadas",
        "coordinate",
    ),
    "lon_lat": ("lon_lat", "lonlat", "long_lat", "longlat", "lng_lat", "longitude_latitude"),
    "wkt": ("wkt_geom", "geom_wkt", "geom", "the_geom", "geometry", "geometrie", "geom_point"),
    "headcount": (
        "nombre_de_personnes",
        "nb_personnes",
        "nbre_personnes",
        "personnes",
        "effectif",
        "people",
        "persons",
        "number_of_people",
        "anzahl_personen",
        "personen",
    ),
    "started_at": ("start", "started", "start_time", "debut", "date_debut", "heure_debut"),
    "ended_at": ("end", "ended", "end_time", "fin", "date_fin", "heure_fin"),
    "closed_from": ("ferme_le", "date_fermeture", "closed_on", "closed_since"),
}
_WORDS: Mapping[str, frozenset[str]] = {
    "observed_at": frozenset(("date", "jour", "heure", "time", "quand", "when", "timestamp")),
    "started_at": frozenset(("debut", "start", "begin")),
    "ended_at": frozenset(("fin", "end")),
    "lon": frozenset(("lon", "long", "lng", "longitude")),
    "lat": frozenset(("lat", "latitude")),
    "headcount": frozenset(("personnes", "people", "persons", "personen", "effectif", "combien")),
    "unit": frozenset(("unit", "unite", "service", "equipe")),
}
"""Words of a longer name, by the matching column of ours."""
_PAIR = frozenset({"lon", "lat"})
_IN_ONE = ("lat_lon", "lon_lat", "wkt")
_PLACES = frozenset({*_PAIR, "x", "y", *_IN_ONE})


def likely(wanted: Collection[str], header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return proposed header columns for those wanted, in the order to join them.

    They are matched by their whole name, else by one word of it. Nothing is proposed for columns
    with our names, for a duplicate name or one that matches two of ours, or for half of a location.
    """
    have = {name.casefold() for name in header}
    folded = [_folded(name) for name in header]
    theirs = {name: header[at] for at, name in enumerate(folded) if folded.count(name) == 1}
    missing = [ours for ours in wanted if ours not in have]
    by_word = _by_word(wanted, theirs)
    found = {
        ours: tuple(theirs[name] for name in names)
        for ours in missing
        if (names := _called(ours, theirs) or by_word.get(ours, ()))
    }
    have &= _PLACES
    whole = have | found.keys() >= _PAIR
    passed = set() if whole and not have - _PAIR else {*_PAIR}
    in_one = [ours for ours in _IN_ONE if ours in found]
    passed |= {*in_one} if whole or have else {*in_one[1:]}
    return {ours: names for ours, names in found.items() if ours not in passed}


def _by_word(wanted: Collection[str], theirs: Collection[str]) -> dict[str, Sequence[str]]:
    """Return names by the column of ours that a word of them matches, if it is the only one."""
    found: dict[str, list[str]] = {}
    for name in theirs:
        words = {*name.split("_")}
        meant = [ours for ours, said in _WORDS.items() if ours in wanted and words & said]
        if len(meant) == 1:
            found.setdefault(meant[0], []).append(name)
    return {ours: names for ours, names in found.items() if len(names) == 1}


def _called(ours: str, theirs: Mapping[str, str]) -> Sequence[str]:
    """Return the names that probably match one of ours: one, or several to be joined."""
    if ours == "observed_at":
        for parts in _PARTS:
            if all(part in theirs for part in parts):
                return parts
    name = next((name for name in _NAMES.get(ours, ()) if name in theirs), None)
    if name is None:
        return ()
    clock = next((clock for clock in _CLOCKS if clock in theirs), None)
    return (name, clock) if clock and name in _DAYS and ours == "observed_at" else (name,)


def _folded(name: str) -> str:
    """Return a name in small letters without accents, its words joined by `_`."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
