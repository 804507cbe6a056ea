"""Sentences on hotspots: age, trend, basis, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.weeks import HotspotRow, NamedPlace, WeekDocument, WeekRanked
from geosites.presentation.formatting import Words
from geosites.presentation.labels import trend
from geosites.presentation.text.location_text import near_text

AT_SITE_M = 500.0
"""A hotspot further from a site than this is somewhere else, whatever site is nearest."""


def place_of(words: Words, spot: NamedPlace) -> str:
    """Return the location of a hotspot: `Pont-de-Flandre · Paris 19e`."""
    ground = " · ".join(part for part in (spot["quartier"], spot["territory"]) if part)
    return words.typeset(ground or spot["nearest_site"] or words.say("place without a name"))


def street_of(words: Words, spot: HotspotRow) -> str | None:
    """Return the street and crossing of a hotspot, or its distance from a station."""
    return near_text(words, spot.get("whereabouts"))


def beside(words: Words, spot: HotspotRow) -> str | None:
    """Return the lines below the name of a hotspot: its street, and caveats."""
    lines = [line for line in (street_of(words, spot), warning(words, spot)) if line]
    return " · ".join(lines) or None


def site_of(spot: HotspotRow) -> str | None:
    """Return the site of a hotspot: None if the nearest is beyond `AT_SITE_M`."""
    away = spot.get("nearest_site_m")
    return spot["nearest_site"] if away is None or away <= AT_SITE_M else None


def age(words: Words, spot: HotspotRow) -> str:
    """Return how long a hotspot has been there: `3e semaine`."""
    return words.nth_week(spot["weeks_old"])


def course(words: Words, spot: HotspotRow) -> str:
    """Return age and trend: `3e semaine, intensifying`; a new hotspot is in its first week."""
    if spot["trend"] is None:
        return age(words, spot)
    return f"{age(words, spot)}, {trend(words, spot['trend']).word}"


def line(words: Words, spot: HotspotRow) -> str:
    """Return a hotspot in one line, without its number."""
    parts = (
        words.heads(spot["heads"]),
        words.hectares(spot["area_ha"]),
        course(words, spot),
        warning(words, spot),
    )
    where = ", ".join(part for part in (place_of(words, spot), street_of(words, spot)) if part)
    return f"{where}{words.say(': ')}{', '.join(part for part in parts if part)}"


def warning(words: Words, spot: HotspotRow) -> str | None:
    """Return what to beware of: a hotspot that only patrols saw may follow their own paths."""
    if not spot["discoveries_only"]:
        return None
    return words.say("seen by patrols alone")


def trends_told(words: Words, spots: Sequence[HotspotRow]) -> list[str]:
    """Return what each trend among these hotspots means, once."""
    terms = [trend(words, name) for name in dict.fromkeys(s["trend"] for s in spots) if name]
    return [f"{words.capital(term.word)}{words.say(': ')}{term.meaning}" for term in terms]


def method(words: Words, answer: WeekDocument) -> str | None:
    """Return how the week was judged, or None where it was not."""
    if no_ranking(words, answer) or not answer["visits"]:
        return None
    if answer["parameters"]["significance"] == "effort":
        return words.say(
            "Adjusted for effort: the counts are permuted among the visits, which keep their "
            "place and time."
        )
    return words.say(
        "Not adjusted for effort: the cells are permuted, and stand out where more was reported."
    )


def caution(words: Words, answer: WeekDocument) -> str | None:
    """Return what to beware of before reading a week, if anything."""
    lines = (no_ranking(words, answer), blind(words, answer))
    return " ".join(line for line in lines if line) or None


def blind(words: Words, answer: WeekDocument) -> str | None:
    """Return that effort is unknown, or None where it is known or nothing was recorded."""
    if not answer["visits"] or answer["parameters"]["significance"] == "effort":
        return None
    return words.say(
        "Effort is unknown: no patrol or survey that saw nobody is recorded, so that the figures "
        "follow those who report. Read them with caution."
    )


def no_ranking(words: Words, answer: WeekRanked) -> str | None:
    """Return why there is no ranking this week, or None if there is one."""
    floor = answer["parameters"]["floor_week"]
    if not 0 < answer["visits"] < floor:
        return None
    return words.say_many(
        "No ranking: %(count)s visit is too few to tell a hotspot from chance; "
        "%(floor)s are needed.",
        "No ranking: %(count)s visits are too few to tell a hotspot from chance; "
        "%(floor)s are needed.",
        answer["visits"],
        floor=words.number(floor),
    )
