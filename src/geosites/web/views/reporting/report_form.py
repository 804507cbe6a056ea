"""Texts and map layer of the report form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geosites.core.crs import to_geographic
from geosites.core.documents.geojson import Layer
from geosites.core.fields import Chosen
from geosites.core.records import CHOSEN_OF_SIGHTING, Origin, Sighting, Site
from geosites.maps import geojson
from geosites.permissions.todays_reports import SeenToday
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.text.location_text import near_text

DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class SelectOption:
    """One entry of a list to choose from; with a position in degrees where it has one."""

    value: str
    text: str
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


def origin_word(words: Words, origin: str) -> str:
    """Return how a sighting came about."""
    say = words.say
    return {
        Origin.PATROL: say("patrol"),
        Origin.CALL: say("call"),
        Origin.PARTNER: say("partner"),
        Origin.SURVEY: say("survey"),
    }[Origin(origin)]


def origins(words: Words) -> list[SelectOption]:
    """Return the origins to choose from, the usual one first."""
    return [SelectOption(item.value, words.capital(origin_word(words, item))) for item in Origin]


def chosen(words: Words) -> list[tuple[str, str, list[SelectOption]]]:
    """Return each choice field: its name, label and options.

    The first option is empty.
    """
    none = SelectOption("", words.say("Not specified"))
    return [
        (item.name, words.retold(item.label), [none, *_options(words, item)])
        for item in CHOSEN_OF_SIGHTING
    ]


def _options(words: Words, one: Chosen) -> list[SelectOption]:
    return [
        SelectOption(word.value, words.capital(words.retold(called)))
        for word, called in one.words.items()
    ]


def more(words: Words) -> str:
    """Return what the folded part of the form holds."""
    labels = (words.retold(item.label).lower() for item in CHOSEN_OF_SIGHTING)
    return ", ".join((words.say("Another time, origin"), *labels))


def site_choices(sites: Sequence[Site]) -> list[SelectOption]:
    """Return the sites to choose from, each with a point inside it and how far that may be off."""
    return sorted((_site_choice(site) for site in sites), key=lambda choice: choice.text)


def _site_choice(site: Site) -> SelectOption:
    inside = shapely.point_on_surface(site.perimeter)
    lon, lat = np.round(to_geographic([[inside.x, inside.y]])[0], DEGREE_DECIMALS).tolist()
    reach = float(np.ceil(shapely.hausdorff_distance(inside, site.perimeter)))
    return SelectOption(site.slug, site.name, lon, lat, reach)


def mistakes(words: Words) -> dict[str, str]:
    """Return what to do about each field that may be wrong."""
    say = words.say
    return {
        "place": say(
            "Give a position: tap the map, choose a site, or write longitude and latitude. "
            "It must lie in the area that is watched."
        ),
        "headcount": say("Write a whole number, or tick “Nobody here”: one of the two."),
        "observed_at": say(
            "Enter a past day and time on local clocks, outside the hour that is skipped in spring "
            "or repeated in autumn."
        ),
        "origin": say("Choose one of the list."),
        **{item.name: say("Choose one of the list.") for item in CHOSEN_OF_SIGHTING},
        "note": say("Describe only the place: no name, number, date or address."),
        "account": say(
            "This form was opened by another account than is signed in now. Check what it says, "
            "and send it as the account of this page, or sign in again as the other."
        ),
        "form": say(
            "This form was sent before, with other content. Check it, and send it as another "
            "report if it is one."
        ),
    }


def seen_text(words: Words, seen: SeenToday) -> str:
    """Return a sighting of the day in one line: when, where, how many, by whom."""
    unit = words.say("your unit") if seen.own else words.say("another unit")
    where = seen.place or near_text(words, seen.near) or words.say("on the map")
    answer = f"{words.clock(seen.at)}, {where}, {words.heads(seen.heads)}, {unit}"
    return answer + _doubt(words, seen)


def _doubt(words: Words, seen: SeenToday) -> str:
    return " · " + words.say("possible duplicate") if seen.doubtful else ""


def sighting_text(words: Words, sighting: Sighting) -> str:
    """Return a sighting in one line: when, how many, by whom."""
    who = sighting.unit or words.say("unit not specified")
    heads, origin = words.heads(sighting.headcount), origin_word(words, sighting.origin)
    return f"{words.instant(sighting.observed_at)}, {heads}, {who} ({origin})"


def layer(words: Words, links: Links, sites: Sequence[Site], seen: Sequence[SeenToday]) -> Layer:
    """Return the sites and the sightings of the day as GeoJSON, each with its line of text."""
    known = [
        geojson.feature(
            "site",
            shapely.point_on_surface(site.perimeter),
            text=site.name,
            slug=site.slug,
            m=_site_choice(site).accuracy_m,
        )
        for site in sites
    ]
    reported = [
        geojson.feature(
            "seen",
            item.point,
            text=seen_text(words, item),
            href=links.receipt(item.id) if item.id else None,
            id=str(item.id) if item.id else None,
            doubtful=item.doubtful,
        )
        for item in seen
    ]
    return geojson.collection([*known, *reported])
