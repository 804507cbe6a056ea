"""Walking routes in words: duration, streets, and source of the distance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geosites.core.documents.displacement_figures import FlowRow
from geosites.core.documents.places import WayLeg
from geosites.presentation.formatting import Words
from geosites.presentation.text.location_text import named

_MOST_STREETS = 8
"""More streets than that are left out in the middle of a way, and counted."""


def way_length(words: Words, metres: float, way: str) -> str:
    """Return the length of a way, and that no way on foot is known where that is so."""
    length = words.metres(metres)
    if way == "unreachable":
        return words.say("%(way)s, no way on foot known", way=length)
    return length


def flow_way(words: Words, moved: FlowRow) -> str | None:
    """Return the walking distance of a flow and its basis; None if it is withheld."""
    metres, way = moved.get("metres"), moved.get("way")
    if metres is None or way is None:
        return None
    length = words.metres(metres)
    if way == "streets":
        return words.say("%(way)s by streets", way=length)
    if way == "unreachable":
        return words.say("%(way)s (1.3 times the straight line, no way on foot known)", way=length)
    return words.say("%(way)s (1.3 times the straight line)", way=length)


def directions(words: Words, along: Sequence[WayLeg]) -> str:
    """Return the streets of a way in order: `rue Riquet (240 m), rue Pajol (90 m)`."""
    told = [_leg(words, leg) for leg in along]
    if len(told) > _MOST_STREETS:
        left = len(told) - _MOST_STREETS + 1
        more = words.say_many("%(count)s more street", "%(count)s more streets", left)
        told = [*told[: _MOST_STREETS - 2], more, told[-1]]
    return words.say("by %(streets)s", streets=", ".join(told)) if told else ""


def ways_reading(words: Words, ways: Iterable[str]) -> str:
    """Return what the lengths of some ways rest on."""
    kinds = set(ways)
    if kinds <= {"streets"} and kinds:
        return words.say("Ways on foot follow the streets of the street map.")
    if "streets" in kinds or "unreachable" in kinds:
        return words.say(
            "Ways on foot follow the streets of the street map; where it has none, or none that "
            "leads there, the way is 1.3 times the straight line."
        )
    return words.say("The way on foot is 1.3 times the straight line: no street map is loaded.")


def _leg(words: Words, leg: WayLeg) -> str:
    street = named(words, leg["street"]) if leg["street"] else words.say("a way without a name")
    return f"{street} ({words.metres(leg['metres'])})"
