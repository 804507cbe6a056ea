"""Locations in words: `rue Riquet, à 40 m de la rue d'Aubervilliers`."""

from __future__ import annotations

from geosites.analysis.street_index import CORNER_M
from geosites.core.documents.places import Whereabouts
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language

AT_STATION_M = 40.0

_DU, _DE_LA, _DE_L, _DES = "du ", "de la ", "de l’", "des "
_OF = {
    **dict.fromkeys(
        ("boulevard", "quai", "pont", "cours", "passage", "square", "chemin", "faubourg", "parvis",
         "carrefour", "rond-point", "port", "hameau", "sentier", "mail", "tunnel", "viaduc", "clos",
         "jardin", "parc"),
        _DU,
    ),
    **dict.fromkeys(
        ("rue", "place", "villa", "cité", "route", "voie", "promenade", "porte", "galerie", "cour",
         "ruelle", "sente", "passerelle", "chaussée", "résidence", "bretelle"),
        _DE_LA,
    ),
    **dict.fromkeys(("avenue", "impasse", "allée", "esplanade", "escalier", "autoroute"), _DE_L),
    **dict.fromkeys(("allées", "escaliers"), _DES),
}  # fmt: skip
"""French preposition and article before each type of street."""


def near_text(words: Words, near: Whereabouts | None) -> str | None:
    """Return where a place is by street and crossing, or by station; None where nothing is near."""
    if near is None:
        return None
    if near["street"] is not None:
        return _on_street(words, near)
    if near["station"] is None or near["station_m"] is None:
        return None
    if near["station_m"] < AT_STATION_M:
        return words.say("%(station)s station", station=words.typeset(near["station"]))
    return words.say(
        "%(distance)s %(direction)s of %(station)s station",
        distance=words.metres(near["station_m"]),
        direction=direction(words, near["direction"] or "n"),
        station=words.typeset(near["station"]),
    )


def _on_street(words: Words, near: Whereabouts) -> str:
    street, crossing, away = near["street"] or "", near["crossing"], near["crossing_m"]
    if crossing is None or away is None:
        return named(words, street)
    if away < CORNER_M:
        return words.say(
            "corner of %(street)s and %(crossing)s",
            street=of(words, street),
            crossing=of(words, crossing),
        )
    return words.say(
        "%(street)s, %(distance)s from %(crossing)s",
        street=named(words, street),
        distance=words.metres(away),
        crossing=of(words, crossing),
    )


def named(words: Words, street: str) -> str:
    """Return a street within a sentence: French writes `rue Riquet`, English `Rue Riquet`."""
    kind, space, rest = words.typeset(street).partition(" ")
    if words.language is Language.FRENCH and kind.lower() in _OF:
        return f"{kind.lower()}{space}{rest}"
    return words.typeset(street)


def of(words: Words, street: str) -> str:
    """Return the street name after a distance or a corner: `de la rue Riquet`, `Rue Riquet`."""
    if words.language is not Language.FRENCH:
        return street
    kind = street.partition(" ")[0].lower()
    return f"{_OF.get(kind, 'de ')}{named(words, street)}"


def direction(words: Words, octant: str) -> str:
    """Return one of eight directions, in the form used after a distance."""
    say = words.say
    return {
        "n": say("north"),
        "ne": say("north-east"),
        "e": say("east"),
        "se": say("south-east"),
        "s": say("south"),
        "sw": say("south-west"),
        "w": say("west"),
        "nw": say("north-west"),
    }[octant]
