"""The page of round sheets."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from geosites.core.documents.rounds import RoundsDocument
from geosites.presentation.pages import Page
from geosites.presentation.text.round_text import (
    round_table,
    rounds_reading,
    rounds_statement,
)

CHOICES_DAYS = (1, 3, 7, 14)


@dataclass(frozen=True)
class HorizonLink:
    """How many days ahead to look, and where that leads."""

    text: str
    href: str
    chosen: bool


def rounds(page: Page, sheet: RoundsDocument, days: int) -> str:
    """Return the rounds for the visits due within so many days, one for each part of the day."""
    words = page.words
    return page.html(
        "rounds.html",
        here="sites",
        statement=rounds_statement(words, sheet),
        rounds=[round_table(words, page.links, sheet, item) for item in sheet["rounds"]],
        choices=[
            HorizonLink(
                words.say_many("%(count)s day", "%(count)s days", choice),
                _address(page, "/rounds", choice),
                choice == days,
            )
            for choice in CHOICES_DAYS
        ],
        paper=_address(page, "/rounds.pdf", days),
        reading=rounds_reading(words),
        as_of=words.say("As of %(instant)s.", instant=words.instant(sheet["as_of"])),
    )


def _address(page: Page, path: str, days: int) -> str:
    chosen = {"lang": page.words.language.value} if page.links.chosen else {}
    return f"{page.links.plain(path)}?{urlencode({'days': days, **chosen})}"
