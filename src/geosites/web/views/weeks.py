"""The page of weeks, one week at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.maps import WEEK, FeatureLayer, MapView, SiteMap, WeekSlider
from geosites.maps.layers.week_layer import WEEK_KINDS, week_kinds
from geosites.presentation.tables import hotspot_tables, territory_tables
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.map_in_words_text import FIRST, places_told
from geosites.presentation.text.method_notes import week_reading
from geosites.presentation.text.week_text import week_effort, week_notes, week_statement
from geosites.web.views.maps.ground import add_ground

MOST_TERRITORIES = 8
"""Number of rows beside the map; a territory's page and the API have all."""


def week(
    page: Page,
    answer: WeekDocument,
    classes: Sequence[float],
    span: tuple[IsoWeek, IsoWeek],
    now: dt.datetime,
    *,
    whole: bool = False,
) -> str:
    """Return the page of all weeks at one of them: map, slider, and the week's facts.

    `whole`: with every place in words, and how the figures are read.

    `span` is the first and the last week with sightings; the slider runs from one to the other.
    """
    this = IsoWeek.parse(answer["week"])
    run = min(span[0], this), max(span[1], this)
    return page.html(
        "maps/week.html",
        here="week",
        **_facts(page, answer, classes, whole=whole),
        slider=_slider(page, this, run),
        before=this.shift(-1),
        after=this.shift(1) if this < run[1] else None,
        known=week_known(page, now),
        view=replace(week_map(page, answer, classes, slider=True), kinds=WEEK_KINDS | {"reported"}),
    )


def week_facts(page: Page, answer: WeekDocument, classes: Sequence[float]) -> str:
    """Return what changes on the page of all weeks when the slider moves, as parts by their id."""
    return page.html("maps/week_facts.html", **_facts(page, answer, classes))


def week_known(page: Page, now: dt.datetime) -> Markup:
    """Return the line with the instant as of which a week is known."""
    message = page.words.say(
        "As known on %(instant)s; late sightings may change it.", instant=page.words.instant(now)
    )
    return Markup('<p class="quiet" id="week-known">{}</p>').format(message)


def _facts(
    page: Page, answer: WeekDocument, classes: Sequence[float], *, whole: bool = False
) -> dict[str, object]:
    this = IsoWeek.parse(answer["week"])
    return {
        "this": this,
        "title": page.words.say("Hotspots, %(week)s", week=page.words.week(this)),
        "statement": week_statement(page.words, answer)[0],
        "effort": week_effort(page.words, answer) if answer["visits"] else None,
        "notes": week_notes(page.words, answer) if answer["visits"] else [],
        "caution": hotspot_text.caution(page.words, answer),
        "hotspots": hotspot_tables.hotspots(page.words, page.links, answer),
        "territories": territory_tables.territories(
            page.words, answer, page.links, MOST_TERRITORIES
        ),
        "empty": _empty(page, answer),
        "places": places_told(page.words, answer, None if whole else FIRST),
        "reading": week_reading(page.words, answer) if whole else (),
        "whole": whole,
        "classes": classes,
    }


def _slider(page: Page, this: IsoWeek, run: tuple[IsoWeek, IsoWeek]) -> dict[str, object]:
    """Return the range of the slider, which formats the weeks itself, with the given texts."""
    first, last = run
    return {
        "first": first.monday.isoformat(),
        "last": (last.monday - first.monday).days // 7,
        "at": (this.monday - first.monday).days // 7,
        "label": page.words.week(this),
        "words": page.words.say("week %(number)s (%(days)s)"),
    }


def _empty(page: Page, answer: WeekDocument) -> str | None:
    seen = [row for row in answer["territories"] if row["visits"]]
    names = [row["name"] for row in seen if row["heads"] == 0]
    if not names:
        return None
    return page.words.say("Visited, nobody seen: %(names)s.", names=", ".join(names))


def week_map(
    page: Page,
    answer: WeekDocument,
    classes: Sequence[float],
    *,
    slider: bool = False,
) -> MapView:
    """Return the map of a week: territories, and the week's layer, which a slider may change."""
    drawn = SiteMap()
    add_ground(page, drawn)
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    shown = FeatureLayer("week", page.links.week_layer(answer["week"]))
    shown.add_to(drawn)
    if slider:
        WeekSlider(shown, **_addresses(page)).add_to(drawn)
    return MapView(
        parts=drawn.parts(),
        label=page.words.say("Map of the week"),
        classes=tuple(classes),
        kinds=week_kinds(answer),
    )


def _addresses(page: Page) -> dict[str, str]:
    links = page.links
    made = {"page": links.week, "layer": links.week_layer, "facts": links.week_facts}
    return {name: address(WEEK) for name, address in made.items()}
