"""Territory pages: the list, and one territory by week."""

from __future__ import annotations

from geosites.core.documents.territories import TerritoriesDocument, TerritoryDocument
from geosites.core.weeks import IsoWeek
from geosites.presentation.tables import closure_tables
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import territory_text


def territories(page: Page, told: TerritoriesDocument) -> str:
    """Return every territory in the same weeks."""
    words, rows = page.words, told["territories"]
    unseen = [row["name"] for row in rows if not row["weeks_observed"]]
    weeks = [IsoWeek.parse(week) for week in (told["first_week"], told["last_week"])]
    return page.html(
        "maps/territories.html",
        here="territories",
        statement=words.say(
            "From %(first)s to %(last)s: the people present in the mean week, where anybody "
            "looked, and how often that was.",
            first=words.day(weeks[0].monday),
            last=words.day(weeks[1].sunday),
        ),
        overview=territory_text.overview(words, page.links, rows),
        unseen=words.say("Not observed: %(names)s.", names=", ".join(unseen)) if unseen else None,
    )


def territory_page(page: Page, told: TerritoryDocument, choices: list[int]) -> str:
    """Return one territory: its weeks, sites and events."""
    words = page.words
    return page.html(
        "maps/territory.html",
        here="territories",
        name=told["name"],
        statement=territory_text.statement(words, told),
        background=territory_text.background(words, told),
        course=territory_text.course(words, told),
        weeks=territory_text.weeks_table(words, page.links, told),
        board=closure_tables.sites(words, page.links, told["sites"]),
        events=territory_text.events_table(page, told["events"]),
        choices=[_choice(page, told, weeks) for weeks in choices],
    )


def _choice(page: Page, told: TerritoryDocument, weeks: int) -> dict[str, str | bool]:
    href = page.links.territory(told["code"])
    return {
        "text": page.words.say_many("%(count)s week", "%(count)s weeks", weeks),
        "href": f"{href}{'&' if '?' in href else '?'}weeks={weeks}",
        "chosen": weeks == told["summary"]["weeks"],
    }
