"""The closure board, and the page of one site."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from geosites.core.documents.closures import ClosureDocument, HistoryDocument
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.sharing import SharedClosure
from geosites.core.records import Site
from geosites.maps import FeatureLayer, MapView, SiteMap
from geosites.presentation.charts.status_timeline import stretches, timeline
from geosites.presentation.labels import STATUSES, UNDER_CLOSURE, closure_status
from geosites.presentation.tables import closure_tables, evidence_tables
from geosites.presentation.tables.evidence_tables import Notes
from geosites.presentation.template_rendering import Page
from geosites.presentation.text.closure_text import closure_brief, closure_statement
from geosites.presentation.text.territory_text import events_table
from geosites.web.views.maps.ground import add_ground


def sites(
    page: Page,
    answers: Sequence[ClosureDocument],
    told: Sequence[SharedClosure] = (),
    retired: Sequence[Site] = (),
) -> str:
    """Return the closure board in the given order, and the sites of other services.

    `retired`: sites that may be restored.
    """
    closed = [answer for answer in answers if answer["status"] in UNDER_CLOSURE]
    confirmed = sum(answer["status"] == "confirmed_closed" for answer in closed)
    return page.html(
        "closure/sites.html",
        here="sites",
        statement=page.words.say_many(
            "%(count)s site under closure, %(confirmed)s confirmed by recent visits.",
            "%(count)s sites under closure, %(confirmed)s confirmed by recent visits.",
            len(closed),
            confirmed=page.words.number(confirmed),
        ),
        board=closure_tables.sites(page.words, page.links, answers),
        told=closure_tables.told_closures(page.words, told) if told else None,
        retired=retired,
        terms=[(status, closure_status(page.words, status)) for status in STATUSES],
    )


def site(
    page: Page,
    answer: ClosureDocument,
    history: HistoryDocument | None = None,
    events: Sequence[ListedEvent] = (),
    notes: Notes = MappingProxyType({}),
    *,
    whole: bool = True,
) -> str:
    """Return one site: its closure, everything the answer rests on, and how it came to that.

    Where it is not `whole` in the reader's scope, its acts are somebody else's.
    """
    words = page.words
    drawn = SiteMap(max_zoom=19)
    add_ground(page, drawn)
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("site", page.links.site_layer(answer["site"])).add_to(drawn)
    name = answer.get("name", answer["site"])
    brief = closure_brief(words, answer)
    return page.html(
        "closure/site.html",
        here="sites",
        name=name,
        answer=answer,
        whole=whole,
        brief=words.capital(brief) + ".",
        statement=closure_statement(words, answer),
        evidence=evidence_tables.evidence(words, answer, notes),
        visits=evidence_tables.every_visit(words, answer, notes),
        events=events_table(page, events, placed=False),
        view=MapView(
            parts=drawn.parts(),
            label=words.say("Map of the site"),
            kinds=frozenset({"closure", "site"}),
        ),
        reading=site_reading(page, answer),
        timeline=timeline(words, history) if history else None,
        stretches=stretches(words, history) if history else None,
    )


def site_reading(page: Page, answer: ClosureDocument) -> list[str]:
    """Return how a closure answer is meant."""
    say = page.words.say
    return [
        say("Each visit that finds nobody raises the probability; silence only lowers it."),
        say("Only one visit in each part of a day counts, since crews repeat themselves."),
        say("A verified sighting of people inside the perimeter ends the confirmation."),
        say("As of %(instant)s.", instant=page.words.instant(answer["as_of"])),
    ]
