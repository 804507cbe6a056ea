"""What each member of the committee sees, on one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from geosites.core.documents.committee import (
    CareFigureRow,
    CareReach,
    CareRow,
    CommitteeDocument,
    ReachRow,
)
from geosites.core.documents.events import ListedEvent
from geosites.core.weeks import DAY_PARTS, DayPart, IsoWeek
from geosites.maps.popups import care_kind
from geosites.presentation.formatting import Words
from geosites.presentation.labels import day_part_word, operation_word
from geosites.presentation.pages import Hyperlink, Page
from geosites.presentation.tables.summary_tables import Cell, Table, TableColumn
from geosites.presentation.text.summary_text import known
from geosites.reference_data.committee import Member
from geosites.web.views.home import closed_lines
from geosites.web.views.partner import territories_table, week_sentence, withheld


def committee(page: Page, members: Sequence[Member]) -> str:
    """Return the list of members."""
    links = [Hyperlink(item.name, page.links.committee(item.key)) for item in members]
    return page.html("committee.html", here="committee", members=links)


def committee_member(page: Page, answer: CommitteeDocument) -> str:
    """Return the page of one member."""
    words, week, care = page.words, answer["week"], answer["care"]
    closures = answer["closures"]
    return page.html(
        "committee_member.html",
        here="committee",
        name=answer["name"],
        title=words.say("%(name)s, %(week)s", name=answer["name"], week=_week(words, week["week"])),
        statement=week_sentence(words, week),
        known=known(words, week["as_known_at"]),
        territories=territories_table(page, week),
        closures=None if closures is None else closed_lines(page, closures),
        operations=_operations(page, answer["operations"]),
        care=None if care is None else _places(words, care),
        reach=None if care is None else _reach(words, care),
        care_reading=[] if care is None else _care_reading(words, care),
        withheld=withheld(words, week["withheld"]["threshold"]),
    )


def _week(words: Words, week: str) -> str:
    return words.week(IsoWeek.parse(week))


def _operations(page: Page, listed: Sequence[ListedEvent] | None) -> Table | None:
    if listed is None:
        return None
    say = page.words.say
    return Table(
        caption=say("Operations and closures of the last 13 weeks"),
        columns=(TableColumn(say("Day")), TableColumn(say("What")), TableColumn(say("Where"))),
        rows=tuple(
            (
                Cell(page.words.day(item["at"]), page.links.displacement(item["key"])),
                Cell(page.words.capital(operation_word(page.words, item["what"]))),
                Cell(item["place"] or "–"),
            )
            for item in listed
        ),
        empty=say("None."),
    )


def _places(words: Words, care: CareReach) -> Table:
    say = words.say
    return Table(
        caption=say("Care places"),
        columns=(
            TableColumn(say("Place")),
            TableColumn(say("Provides")),
            TableColumn(say("Opening hours")),
            TableColumn(say("Published figures")),
        ),
        rows=tuple(_place(words, row) for row in care["places"]),
        empty=say("None is known."),
    )


def _place(words: Words, row: CareRow) -> tuple[Cell, ...]:
    figures = words.say("; ").join(_figure(words, item) for item in row["figures"])
    return (
        Cell(row["name"], note=None if row["located"] else words.say("position not published")),
        Cell(care_kind(words, row["kind"])),
        Cell(_hours(words, row), note=_span(words, row)),
        Cell(figures or words.say("none published"), note=row["source"]),
    )


def _hours(words: Words, row: CareRow) -> str:
    if row["day_parts"] is None:
        return words.say("hours not published")
    return ", ".join(day_part_word(words, DayPart(part)) for part in row["day_parts"])


def _span(words: Words, row: CareRow) -> str | None:
    parts = []
    if row["open_from"] is not None:
        parts.append(words.say("since %(day)s", day=words.day(row["open_from"])))
    if row["open_until"] is not None:
        parts.append(words.say("until %(day)s", day=words.day(row["open_until"])))
    return ", ".join(parts) or None


def _figure(words: Words, item: CareFigureRow) -> str:
    bound = {"at_least": words.say("at least"), "at_most": words.say("at most")}
    value, date = words.number(item["value"]), _date(words, item["as_of"])
    count = " ".join(part for part in (bound.get(item["qualifier"] or ""), value) if part)
    what = {
        "places": words.say("%(count)s places (%(date)s)", count=count, date=date),
        "entries_per_day": words.say("%(count)s entries a day (%(date)s)", count=count, date=date),
        "entries_per_month": words.say(
            "%(count)s entries a month (%(date)s)", count=count, date=date
        ),
        "admissions": words.say("%(count)s admissions (to %(date)s)", count=count, date=date),
    }
    return what[item["measure"]]


def _date(words: Words, text: str) -> str:
    """Return what a figure is of, as it was published: a day, a month, or a stage of the plan."""
    day, _, remark = text.partition(" (")
    stages = {
        "plan start": words.say("start of the plan"),
        "plan target": words.say("target of the plan"),
    }
    if day in stages:
        return stages[day]
    month = len(day) == len("2023-06")
    try:
        first = dt.date.fromisoformat(f"{day}-01" if month else day)
    except ValueError:
        return text
    told = words.month(first) if month else words.day(first)
    return words.say("planned for %(date)s", date=told) if remark else told


def _reach(words: Words, care: CareReach) -> Table:
    say = words.say
    shown = [part for part in DAY_PARTS if any(part.value in _parts(row) for row in care["places"])]
    minutes = words.number(care["minutes"])
    caption = (
        say("People within %(count)s minutes on foot of an open care place", count=minutes)
        if shown
        else say(
            "People within %(count)s minutes on foot of a care place, its hours not known",
            count=minutes,
        )
    )
    return Table(
        caption=caption,
        columns=(
            TableColumn(say("Territory")),
            *(TableColumn(words.capital(day_part_word(words, part))) for part in shown),
            TableColumn(say("Hours not published")),
        ),
        rows=tuple(
            (
                Cell(row["name"]),
                *(_reached(words, row, part.value, row["parts"][part.value]) for part in shown),
                _reached(words, row, "unpublished", row["unpublished"]),
            )
            for row in _told(care)
        ),
        empty=say("The counts of every territory are withheld."),
    )


def _reached(words: Words, row: ReachRow, key: str, share: str | None) -> Cell:
    """Return the share of people who stood near care, and how many care places that is."""
    count = row["open_places"][key]
    if count is None:
        return Cell(_class(words, share))
    places = words.say_many("%(count)s care place", "%(count)s care places", count)
    return Cell(_class(words, share), note=places)


def _parts(row: CareRow) -> Sequence[str]:
    return row["day_parts"] or ()


def _told(care: CareReach) -> list[ReachRow]:
    return [row for row in care["territories"] if row["unpublished"] is not None]


def _class(words: Words, name: str | None) -> str:
    say = words.say
    return {
        None: say("withheld"),
        "none": say("nobody"),
        "few": say("up to a quarter"),
        "part": say("a quarter to three quarters"),
        "most": say("more than three quarters"),
    }[name]


def _care_reading(words: Words, care: CareReach) -> list[str]:
    say = words.say
    way = (
        say("The way on foot follows the streets, at 4.5 km an hour.")
        if care["by_streets"]
        else say("The way on foot is 1.3 times the straight line, at 4.5 km an hour.")
    )
    return [
        way,
        say(
            "Only territories whose count is told are in this table, and shares are told in "
            "classes. That a place is near says nothing about who goes there or why."
        ),
        say("A place without published hours may be closed at the time people are there."),
    ]
