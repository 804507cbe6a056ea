"""What followed an event."""

from __future__ import annotations

from geosites.render import tables
from geosites.render.aftermath import belief_statement, displacement_statement, event_title
from geosites.render.documents import DisplacementDocument
from geosites.render.maps import FeatureLayer, SiteMap
from geosites.render.pages import Anchor, MapView, Page

MOVE_KINDS = frozenset({"flow", "operation"})


def displacement(page: Page, answer: DisplacementDocument, place: Anchor | None = None) -> str:
    """Return what followed an event; `place` is the site it was about, if it has a name."""
    words, event = page.words, answer["event"]
    drawn = SiteMap()
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("moves", page.links.displacement_layer(event["key"])).add_to(drawn)
    return page.html(
        "displacement.html",
        here="",
        title=event_title(words, answer),
        place=place,
        statement=displacement_statement(words, answer),
        changes=tables.changes(words, answer),
        flows=tables.flows(words, answer),
        view=MapView(
            parts=drawn.parts(),
            label=words.say("Map of the changes"),
            kinds=MOVE_KINDS,
        ),
        reading=displacement_reading(page, answer),
    )


def displacement_reading(page: Page, answer: DisplacementDocument) -> list[str]:
    """Return how the figures of a displacement are meant."""
    say, words = page.words.say, page.words
    wdd, wdq = answer["wdd"], answer["wdq"]
    return [
        say(
            "Expected: what the place would hold had it followed the comparable places "
            "without an event."
        ),
        say("Intervals hold %(level)s of the likely values.", level=words.percent(answer["level"])),
        say(
            "Weighted displacement difference, on plain counts: %(estimate)s (%(interval)s). It "
            "assumes that patrols were the same before and after; read it with that in mind.",
            estimate=words.signed(wdd["estimate"]),
            interval=words.interval(wdd["low"], wdd["high"]),
        ),
        say("Displacement quotient: %(value)s.", value=_quotient(page, wdq.get("value"))),
        belief_statement(words, answer["belief"]),
    ]


def _quotient(page: Page, value: float | None) -> str:
    return page.words.say("not defined") if value is None else page.words.number(value, 2)
