"""The statement: rate and status from the criteria, as required by decree 2019-768."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from geosites.core.errors import phrase
from geosites.presentation.accessibility.content_criteria import CONTENT_CRITERIA
from geosites.presentation.accessibility.criterion import Criterion, Outcome
from geosites.presentation.accessibility.page_criteria import PAGE_CRITERIA
from geosites.presentation.accessibility.use_criteria import USE_CRITERIA
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn

JUDGED_ON = dt.date(2026, 11, 29)
"""The day on which the criteria were last reviewed, one by one."""

CRITERIA: tuple[Criterion, ...] = (*CONTENT_CRITERIA, *PAGE_CRITERIA, *USE_CRITERIA)
THEMES = {
    1: phrase("Images"),
    2: phrase("Frames"),
    3: phrase("Colours"),
    4: phrase("Media"),
    5: phrase("Tables"),
    6: phrase("Links"),
    7: phrase("Scripts"),
    8: phrase("Mandatory elements"),
    9: phrase("Structure"),
    10: phrase("Presentation"),
    11: phrase("Forms"),
    12: phrase("Navigation"),
    13: phrase("Use"),
}


@dataclass(frozen=True, kw_only=True)
class AccessibilityDeclaration:
    """The declaration in words; `tables` has one for each theme."""

    state: str
    rate: str
    failing: tuple[Criterion, ...]
    tables: tuple[Table, ...]


def rate() -> float:
    """Return the share of the criteria that apply which hold, 0 to 1."""
    count = Counter(item.outcome for item in CRITERIA)
    return count[Outcome.CONFORM] / (count[Outcome.CONFORM] + count[Outcome.FAILING])


def state(words: Words) -> str:
    """Return the legal conformance status, shown in every footer: below half, none; all, full."""
    reached = rate()
    if reached >= 1:
        return words.say("Accessibility: fully compliant")
    if reached >= 1 / 2:
        return words.say("Accessibility: partially compliant")
    return words.say("Accessibility: not compliant")


def declaration(words: Words) -> AccessibilityDeclaration:
    """Return the declaration in the words of a language."""
    count = Counter(item.outcome for item in CRITERIA)
    return AccessibilityDeclaration(
        state=state(words),
        rate=words.say(
            "Of the %(all)s criteria of RGAA 4.1, %(apply)s apply; %(hold)s of them hold, which is "
            "%(share)s.",
            all=words.number(len(CRITERIA)),
            apply=words.number(len(CRITERIA) - count[Outcome.ABSENT]),
            hold=words.number(count[Outcome.CONFORM]),
            share=words.percent(rate()),
        ),
        failing=tuple(item for item in CRITERIA if item.outcome is Outcome.FAILING),
        tables=tuple(_table(words, theme) for theme in THEMES),
    )


def _table(words: Words, theme: int) -> Table:
    outcomes = {
        Outcome.CONFORM: words.say("conform"),
        Outcome.FAILING: words.say("not conform"),
        Outcome.ABSENT: words.say("not applicable"),
    }
    return Table(
        caption=f"{theme}. {words.say(THEMES[theme])}",
        columns=(
            TableColumn(words.say("Criterion")),
            TableColumn(words.say("State")),
            TableColumn(words.say("Why")),
        ),
        rows=tuple(
            (
                Cell(f"{item.number} {words.say(item.title)}"),
                Cell(outcomes[item.outcome]),
                Cell(words.say(item.why), note=", ".join(item.tests) or None),
            )
            for item in CRITERIA
            if item.theme == theme
        ),
        empty="",
    )
