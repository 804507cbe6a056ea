"""Displacement pages: one event, or several compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.events import EventDocument
from geosites.maps import FeatureLayer, MapView, SiteMap
from geosites.maps.layers.displacement_layer import MOVE_KINDS
from geosites.presentation.charts.weekly_course import course_picture
from geosites.presentation.labels import operation_word
from geosites.presentation.tables import displacement_tables
from geosites.presentation.tables.displacement_tables import Compared
from geosites.presentation.tables.table import Cell
from geosites.presentation.template_rendering import Hyperlink, Page
from geosites.presentation.text.displacement_text import (
    care_statement,
    displacement_statement,
    event_title,
    refusal,
    trust_statement,
)
from geosites.presentation.text.method_notes import displacement_reading
from geosites.web.views.maps.ground import add_ground

Facts = Sequence[tuple[str, str]]

MOST_COMPARED = 6


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """An event that can be studied: key, kind, time, place, people dispersed."""

    key: str
    kind: str
    at: dt.datetime
    place: str | None
    heads: int | None


def displacement(
    page: Page,
    answer: DisplacementDocument,
    place: Hyperlink | None = None,
    cuts: Sequence[Hyperlink] = (),
    facts: Facts = (),
) -> str:
    """Return the page of a displacement study; `place` is the site, if it has a name.

    `cuts` are the events nearby that ended its windows, `facts` the record of the event.
    """
    words, event = page.words, answer["event"]
    drawn = SiteMap()
    add_ground(page, drawn)
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("moves", page.links.displacement_layer(event["key"])).add_to(drawn)
    cells = [Cell(cut.text, cut.href) for cut in cuts]
    return page.html(
        "closure/displacement.html",
        here="moves",
        title=event_title(words, answer["event"]),
        place=place,
        facts=facts,
        statement=displacement_statement(words, answer),
        trust=trust_statement(words, answer),
        care=care_statement(words, answer),
        moved=any(round(flow["heads"]) >= 1 for flow in answer["flows"]),
        course=course_picture(words, answer),
        tables=[
            displacement_tables.changes(words, answer),
            displacement_tables.steady(words, answer),
            displacement_tables.flows(words, answer),
            displacement_tables.study(words, answer, cells),
        ],
        view=MapView(
            parts=drawn.parts(),
            label=words.say("Map of the changes"),
            kinds=MOVE_KINDS,
        ),
        reading=displacement_reading(page.words, answer),
    )


def displacement_refused(
    page: Page,
    event: EventDocument,
    cause: str | None,
    place: Hyperlink | None = None,
    facts: Facts = (),
) -> str:
    """Return the page of an event without enough data for a study."""
    return page.html(
        "closure/displacement_refused.html",
        here="moves",
        title=event_title(page.words, event),
        place=place,
        facts=facts,
        reason=refusal(page.words, cause),
    )


def events(
    page: Page, listed: Sequence[EventLine], chosen: Collection[str] = (), notice: str | None = None
) -> str:
    """Return the list of events, with checkboxes for a comparison."""
    return page.html(
        "closure/displacement_events.html",
        here="moves",
        listed=[_line(page, item, item.key in chosen) for item in listed],
        notice=notice,
        most=MOST_COMPARED,
    )


def too_many(page: Page, chosen: int) -> str:
    """Return what to do after ticking more events than can be compared."""
    return page.words.say(
        "%(chosen)s events are ticked, and at most %(most)s can be compared: untick some.",
        chosen=page.words.number(chosen),
        most=page.words.number(MOST_COMPARED),
    )


def _line(page: Page, one: EventLine, ticked: bool) -> dict[str, str | bool]:
    words = page.words
    return {
        "key": one.key,
        "href": page.links.displacement(one.key),
        "name": _named(page, one),
        "day": words.day(one.at),
        "kind": words.capital(operation_word(words, one.kind)),
        "place": one.place or words.say("place without a name"),
        "heads": "–" if one.heads is None else words.number(one.heads),
        "ticked": ticked,
    }


def _named(page: Page, one: EventLine) -> str:
    place = one.place or page.words.say("place without a name")
    return f"{operation_word(page.words, one.kind)}, {page.words.day(one.at)}, {place}"


def compared(page: Page, found: Sequence[Compared]) -> str:
    """Return several events side by side."""
    words = page.words
    answered = sum(item.answer is not None for item in found)
    statement = words.say_many(
        "%(count)s event of %(all)s has an answer; the others say what is missing.",
        "%(count)s events of %(all)s have an answer; the others say what is missing.",
        answered,
        all=words.number(len(found)),
    )
    return page.html(
        "closure/count_comparison.html",
        here="moves",
        statement=statement if answered < len(found) else None,
        table=displacement_tables.compared(words, found),
    )
