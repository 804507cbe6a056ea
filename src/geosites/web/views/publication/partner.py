"""Partner pages: territories and weeks, in sentences and tables, without a map of places."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.displacement import PartnerDisplacement
from geosites.core.documents.territories import TerritoryDocument, TerritoryWeekRow
from geosites.core.documents.weeks import PartnerTerritory, PartnerWeek
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import displacement_text
from geosites.presentation.text.closure_text import known
from geosites.presentation.text.displacement_text import change_text
from geosites.presentation.text.week_text import hotspots_brief, week_effort, week_heads
from geosites.web.views.home import closed_lines


def week(
    page: Page,
    answer: PartnerWeek,
    latest: IsoWeek,
    closures: Sequence[ClosureDocument] | None = None,
) -> str:
    """Return a released week by territory; with the closures, where they are given."""
    words, this = page.words, IsoWeek.parse(answer["week"])
    return page.html(
        "publication/partner_figures.html",
        here="home",
        title=words.say("People present, %(week)s", week=words.week(this)),
        statement=week_sentence(words, answer),
        effort=week_effort(words, answer) if answer["visits"] else None,
        steps=_steps(page, this, latest),
        lines=[known(words, answer["as_known_at"])],
        closures=None if closures is None else closed_lines(page, closures),
        tables=[territories_table(page, answer)],
        withheld=withheld(words, answer["withheld"]["threshold"]),
    )


def displacement(page: Page, answer: PartnerDisplacement, place: str | None) -> str:
    """Return what followed an event, by territory."""
    words = page.words
    return page.html(
        "publication/partner_figures.html",
        here="moves",
        title=displacement_text.event_title(words, answer["event"], place),
        statement=displacement_text.event_title(words, answer["event"], place),
        effort=displacement_text.belief_statement(words, answer["belief"]),
        steps=[],
        lines=[line for line in (displacement_text.care_statement(words, answer),) if line],
        closures=None,
        tables=[_changes(words, answer)],
        withheld=withheld(words, answer["withheld"]["threshold"]),
    )


def territory(page: Page, answer: TerritoryDocument) -> str:
    """Return a territory through its released weeks."""
    words = page.words
    return page.html(
        "publication/partner_figures.html",
        here="territories",
        title=answer["name"],
        statement=answer["name"],
        effort=None,
        steps=[],
        lines=[],
        closures=closed_lines(page, answer["sites"]),
        tables=[_weeks(page, answer)],
        withheld=withheld(words, answer["withheld"]["threshold"]),
    )


def withheld(words: Words, threshold: float) -> str:
    """Return why some counts are withheld."""
    return words.say(
        "Counts below %(threshold)s are withheld; others are withheld too, so that none can be "
        "worked out by subtraction. Where exactly people are is not shown.",
        threshold=words.number(threshold),
    )


def told(words: Words, heads: float | None) -> str:
    """Return a count of people for a column, or that it is withheld."""
    return words.say("withheld") if heads is None else words.count(heads)


def week_sentence(words: Words, answer: PartnerWeek) -> str:
    """Return a released week in a sentence."""
    week = words.capital(words.week(IsoWeek.parse(answer["week"])))
    if not answer["visits"]:
        return words.say("%(week)s: not observed, no visit was recorded.", week=week)
    result = hotspots_brief(words, answer)
    if answer["heads"] is None:
        return words.say(
            "%(week)s: %(hotspots)s. The total number of people is withheld.",
            week=week,
            hotspots=result,
        )
    heads = week_heads(words, answer)
    return words.say("%(week)s: %(heads)s, %(hotspots)s.", week=week, heads=heads, hotspots=result)


def _steps(page: Page, this: IsoWeek, latest: IsoWeek) -> list[dict[str, str]]:
    say = page.words.say
    before = (this.shift(-1), "prev", f"← {say('Previous week')}")
    after = (this.shift(1), "next", f"{say('Next week')} →")
    return [
        {"rel": rel, "href": page.links.week(week), "text": text}
        for week, rel, text in (before, after)
        if week <= latest
    ]


def territories_table(page: Page, answer: PartnerWeek) -> Table:
    """Return the territories of a released week."""
    words, say = page.words, page.words.say
    hotspots = [spot["territory"] for spot in answer["hotspots"]]

    def row(one: PartnerTerritory) -> tuple[Cell, ...]:
        name = Cell(one["name"], page.links.territory(one["code"]))
        if not one["visits"]:
            return name, Cell(say("not observed")), Cell("–"), Cell("–"), Cell(words.number(0))
        return (
            name,
            Cell(told(words, one["heads"])),
            Cell(words.number(hotspots.count(one["name"]))),
            Cell(words.number(one["places"])),
            Cell(words.number(one["visits"])),
        )

    return Table(
        caption=words.territories(),
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Hotspots"), numeric=True),
            TableColumn(say("Places"), numeric=True, minor=True),
            TableColumn(say("Visits"), numeric=True),
        ),
        rows=tuple(row(item) for item in answer["territories"]),
        empty=say("Not observed: no visit this week."),
    )


def _changes(words: Words, answer: PartnerDisplacement) -> Table:
    say = words.say
    told_of = [row for row in answer["territories"] if row["change"] is not None]
    kept = [row["name"] for row in answer["territories"] if row["change"] is None]
    rows = sorted(told_of, key=lambda row: -abs(row["change"] or 0.0))
    return Table(
        caption=say("Territories before and after"),
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("Before"), numeric=True),
            TableColumn(say("After"), numeric=True),
            TableColumn(say("Change")),
        ),
        rows=tuple(
            (
                Cell(row["name"]),
                Cell(told(words, row["before"])),
                Cell(told(words, row["after"])),
                Cell(change_text(words, row)),
            )
            for row in rows
        ),
        empty=say("The counts of every territory are withheld."),
        note=say("Withheld: %(names)s.", names=", ".join(kept)) if kept and rows else None,
    )


def _weeks(page: Page, answer: TerritoryDocument) -> Table:
    words, say = page.words, page.words.say

    def row(one: TerritoryWeekRow) -> tuple[Cell, ...]:
        week = IsoWeek.parse(one["week"])
        seen = told(words, one["heads"]) if one["visits"] else say("not observed")
        name = Cell(words.capital(words.week(week)), page.links.week(week))
        return name, Cell(seen), Cell(words.number(one["visits"]))

    return Table(
        caption=say("Week by week"),
        columns=(
            TableColumn(say("Week")),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Visits"), numeric=True),
        ),
        rows=tuple(row(item) for item in reversed(answer["weeks"])),
        empty="",
    )
