"""The page of round sheets."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.core.documents.rounds import RoundsDocument
from geosites.core.weeks import DAY_PARTS
from geosites.presentation.labels import day_part_word
from geosites.presentation.template_rendering import Page
from geosites.presentation.text.people_present_text import standing_statement
from geosites.presentation.text.round_plan_reading import (
    map_label,
    map_reading,
    reasons_reading,
)
from geosites.presentation.text.round_plan_text import (
    chance_statement,
    crew_table,
    plan_reading,
    plan_statement,
    studies_statement,
)
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


def rounds(page: Page, plan: RoundPlanDocument, sheet: RoundsDocument, days: int) -> str:
    """Return the round plan, and the visits due in the next days by part of the day."""
    words = page.words
    return page.html(
        "closure/rounds.html",
        here="sites",
        plan=plan,
        planned=plan_statement(words, plan),
        crews=[crew_table(words, page.links, plan, crew) for crew in plan["rounds"]],
        studies=[*standing_statement(words, plan), *studies_statement(words, plan)],
        chance=chance_statement(words, plan),
        plan_reading=plan_reading(words, plan),
        parts_of_day=[
            (part.value, words.capital(day_part_word(words, part))) for part in DAY_PARTS
        ],
        plan_paper=_plan_address(page, plan, "pdf"),
        picture=_plan_address(page, plan, "png") if plan["rounds"] else None,
        tall=_plan_address(page, plan, "png", tall="true"),
        map_label=map_label(words, plan),
        map_reading=map_reading(words, plan),
        reasons=reasons_reading(words, plan),
        statement=_due(page, plan, sheet),
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
        reading=rounds_reading(words, sheet),
        as_of=words.say("As of %(instant)s.", instant=words.instant(sheet["as_of"])),
    )


def _due(page: Page, plan: RoundPlanDocument, sheet: RoundsDocument) -> str:
    """Return which visits are due; where none is, what the round above is for all the same."""
    words = page.words
    due = rounds_statement(words, sheet)
    if sheet["rounds"] or not plan["rounds"]:
        return due
    above = words.say("What each stop of the round above is for stands in its table.")
    return f"{due} {above}"


def _plan_address(page: Page, plan: RoundPlanDocument, form: str, **more: str) -> str:
    chosen = {"lang": page.words.language.value} if page.links.chosen else {}
    asked = {
        "crews": plan["crews"],
        "minutes": round(plan["shift_min"]),
        "part": plan["day_part"],
    }
    return f"{page.links.plain(f'/rounds/plan.{form}')}?{urlencode({**asked, **more, **chosen})}"


def _address(page: Page, path: str, days: int) -> str:
    chosen = {"lang": page.words.language.value} if page.links.chosen else {}
    return f"{page.links.plain(path)}?{urlencode({'days': days, **chosen})}"
