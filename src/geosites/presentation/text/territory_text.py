"""Territories by week: sentences, tables, and a bar chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.events import ListedEvent
from geosites.core.documents.territories import (
    ShownRow,
    TerritoryDocument,
    TerritorySummary,
    TerritoryWeekRow,
    Visited,
)
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import operation_word
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page

HEADS_PX, VISITS_PX = 64, 34
"""How tall the tallest bars are."""

NONE = "–"

_BAR = 0.8
_MOST_TICKS = 6
_ROOM = 0.88
"""No tick begins beyond this share of the width: its word would not fit."""


@dataclass(frozen=True)
class WeekBar:
    """A week in the picture: `left` and `width` in percent, heights in pixels.

    `heads` is None where nobody looked.
    """

    left: str
    width: str
    heads: float | None
    visits: float
    text: str


@dataclass(frozen=True)
class TerritoryChart:
    """The picture: a bar a week for the people present, and below it one for the visits."""

    label: str
    most_heads: str
    most_visits: str
    bars: tuple[WeekBar, ...]
    ticks: tuple[tuple[str, str], ...]


def statement(words: Words, told: TerritoryDocument) -> str:
    """Return the last week of a territory in a sentence."""
    last = told["weeks"][-1]
    week = words.capital(words.week(IsoWeek.parse(last["week"])))
    if last["heads"] is None:
        return words.say("%(week)s: not observed, no visit was recorded.", week=week)
    values = {"week": week, "heads": words.present(last["heads"]), "visits": _visits(words, last)}
    if not last["share"]:
        return words.say("%(week)s: %(heads)s, on %(visits)s.", **values)
    share = words.percent(last["share"])
    return words.say(
        "%(week)s: %(heads)s, %(share)s of all those seen, on %(visits)s.", share=share, **values
    )


def background(words: Words, told: TerritoryDocument) -> str:
    """Return all its weeks in a sentence, with how many of them were observed."""
    summary = told["summary"]
    weeks = words.say_many("%(count)s week", "%(count)s weeks", summary["weeks"])
    if summary["heads"] is None:
        return words.say("Not observed in the last %(weeks)s.", weeks=weeks)
    return words.say(
        "Over the last %(weeks)s, %(observed)s of them observed: %(heads)s in the mean week, "
        "%(share)s of all those seen, on %(visits)s.",
        weeks=weeks,
        observed=words.number(summary["weeks_observed"]),
        heads=words.heads(summary["heads"]),
        share=words.percent(summary["share"] or 0.0),
        visits=_visits(words, summary),
    )


def _visits(words: Words, row: Visited) -> str:
    return words.say_many("%(count)s visit", "%(count)s visits", row["visits"])


def weeks_table(words: Words, links: Links, told: TerritoryDocument) -> Table:
    """Return the weeks of a territory, the latest first, with the visits beside every count."""
    say = words.say
    return Table(
        caption=say("Week by week"),
        columns=(
            TableColumn(say("Week")),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Share"), numeric=True),
            TableColumn(say("Places"), numeric=True, minor=True),
            TableColumn(say("Visits"), numeric=True),
        ),
        rows=tuple(_week(words, links, row) for row in reversed(told["weeks"])),
        empty="",
        note=say("People: the mean count per visit at each place, summed over places."),
    )


def _week(words: Words, links: Links, row: TerritoryWeekRow) -> tuple[Cell, ...]:
    week = IsoWeek.parse(row["week"])
    days = words.span(week.monday, week.sunday)
    named = Cell(
        words.say("week %(number)s", number=week.number), links.week(row["week"]), note=days
    )
    if not row["visits"]:
        return (named, Cell(words.say("not observed")), Cell(NONE), Cell(NONE), Cell("0"))
    return (
        named,
        _heads(words, row),
        _share(words, row),
        Cell(words.number(row["places"])),
        Cell(words.number(row["visits"])),
    )


def _heads(words: Words, row: ShownRow) -> Cell:
    """Return the number of people, or that it is withheld from the reader."""
    return Cell(words.say("withheld") if row["heads"] is None else words.count(row["heads"]))


def _share(words: Words, row: ShownRow) -> Cell:
    if row["heads"] is None:
        return Cell(NONE)
    return Cell(words.percent(row["share"] or 0.0))


def overview(words: Words, links: Links, rows: Sequence[TerritorySummary]) -> Table:
    """Return every territory that was observed in some weeks, the most people first."""
    say = words.say
    seen = [row for row in rows if row["weeks_observed"]]
    return Table(
        caption=say("Territories observed"),
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("People, mean week"), numeric=True),
            TableColumn(say("Share"), numeric=True),
            TableColumn(say("Weeks observed"), numeric=True),
            TableColumn(say("Visits"), numeric=True, minor=True),
        ),
        rows=tuple(
            (
                Cell(row["name"], links.territory(row["code"])),
                _heads(words, row),
                _share(words, row),
                Cell(f"{words.number(row['weeks_observed'])}/{words.number(row['weeks'])}"),
                Cell(words.number(row["visits"])),
            )
            for row in sorted(seen, key=lambda row: (-(row["heads"] or 0.0), row["code"]))
        ),
        empty=say("No territory was observed in these weeks."),
    )


def events_table(page: Page, events: Sequence[ListedEvent], *, placed: bool = True) -> Table:
    """Return operations and closures, in the order given, each leading to what followed it.

    Without the place where all are at the same one, and to nowhere for who may not go there.
    """
    words, say = page.words, page.words.say
    leads = page.may("read displacement")
    return Table(
        caption=say("Operations and closures"),
        columns=(
            TableColumn(say("Day")),
            TableColumn(say("Where") if placed else say("Kind of event")),
            TableColumn(say("People dispersed"), numeric=True, minor=True),
        ),
        rows=tuple(
            (
                Cell(
                    words.day(item["at"]), page.links.displacement(item["key"]) if leads else None
                ),
                _what(words, item, placed),
                Cell(
                    NONE
                    if item["heads_dispersed"] is None
                    else words.number(item["heads_dispersed"])
                ),
            )
            for item in events
        ),
        empty=say("No operation and no closure is recorded."),
    )


def _what(words: Words, one: ListedEvent, placed: bool) -> Cell:
    kind = words.capital(operation_word(words, one["what"]))
    if not placed:
        return Cell(kind)
    return Cell(one["place"] or words.say("place without a name"), note=kind)


def course(words: Words, told: TerritoryDocument) -> TerritoryChart:
    """Return the chart of a territory's weeks; weeks without visits are gaps."""
    rows = told["weeks"]
    tallest = max((row["heads"] or 0.0 for row in rows), default=0.0)
    most = max((row["visits"] for row in rows), default=0)
    step = 100 / len(rows)
    return TerritoryChart(
        label=words.say("People present and visits, week by week: %(name)s", name=told["name"]),
        most_heads=words.number(round(tallest)),
        most_visits=words.number(most),
        bars=tuple(
            WeekBar(
                left=f"{place * step:.2f}%",
                width=f"{_BAR * step:.2f}%",
                heads=None if row["heads"] is None else _tall(row["heads"], tallest, HEADS_PX),
                visits=_tall(row["visits"], most, VISITS_PX),
                text=_told(words, row),
            )
            for place, row in enumerate(rows)
        ),
        ticks=_ticks(words, rows),
    )


def _tall(value: float, most: float, px: int) -> float:
    return round(px * value / most, 1) if most else 0.0


def _told(words: Words, row: TerritoryWeekRow) -> str:
    week = words.capital(words.week(IsoWeek.parse(row["week"])))
    return f"{week}{words.say(': ')}{words.heads(row['heads'])}, {_visits(words, row)}"


def _ticks(words: Words, rows: Sequence[TerritoryWeekRow]) -> tuple[tuple[str, str], ...]:
    """Return where some of the weeks begin, and which they are."""
    apart, last = -(-len(rows) // _MOST_TICKS), round(len(rows) * _ROOM)
    return tuple(
        (f"{100 * place / len(rows):.2f}%", _short(words, rows[place]["week"]))
        for place in range(0, max(last, 1), apart)
    )


def _short(words: Words, week: str) -> str:
    return words.month(IsoWeek.parse(week).monday)
