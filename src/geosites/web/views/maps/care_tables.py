"""Care places in tables: published figures, and people within walking distance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from geosites.analysis.walking import DETOUR, METRES_PER_MINUTE
from geosites.core.documents.committee import CareFigureRow, CareReach, CareRow, ReachRow
from geosites.core.weeks import DAY_PARTS, DayPart, IsoWeek
from geosites.maps.layers.popups import care_kind
from geosites.presentation.formatting import Words
from geosites.presentation.labels import day_part_word
from geosites.presentation.tables.table import Cell, Table, TableColumn


def places(words: Words, care: CareReach, week: IsoWeek) -> Table:
    """Return the care places, with their published figures."""
    say = words.say
    return Table(
        caption=say("Care places"),
        columns=(
            TableColumn(say("Place")),
            TableColumn(say("Provides")),
            TableColumn(say("Opening hours")),
            TableColumn(say("Published figures")),
        ),
        rows=tuple(_place(words, row, week) for row in care["places"]),
        empty=say("None is known."),
        note=say(
            "All care places known are listed, wherever they lie: a walk does not end at the "
            "border of a territory."
        ),
    )


def _place(words: Words, row: CareRow, week: IsoWeek) -> tuple[Cell, ...]:
    figures = words.say("; ").join(_figures(words, row, week))
    return (
        Cell(
            words.typeset(row["name"]),
            note=None if row["located"] else words.say("position not published"),
        ),
        Cell(care_kind(words, row["kind"])),
        Cell(words.say("; ").join([*_span(words, row), _hours(words, row)])),
        Cell(figures or words.say("none published"), note=row["source"]),
    )


def _hours(words: Words, row: CareRow) -> str:
    if row["day_parts"] is None:
        return words.say("hours not published")
    return ", ".join(day_part_word(words, DayPart(part)) for part in row["day_parts"])


def _span(words: Words, row: CareRow) -> list[str]:
    parts = []
    if row["open_from"] is not None:
        parts.append(words.say("in service since %(day)s", day=words.day(row["open_from"])))
    if row["open_until"] is not None:
        parts.append(words.say("in service until %(day)s", day=words.day(row["open_until"])))
    return parts


def _figures(words: Words, row: CareRow, week: IsoWeek) -> list[str]:
    """Return the figures of a place by date, targets last, and whether any is of now."""
    told = [_figure(words, item) for item in sorted(row["figures"], key=_order)]
    beds = [item for item in row["figures"] if item["measure"] == "places"]
    if beds and not any(_is_of_now(item["as_of"], week) for item in beds):
        told.append(words.say("present capacity not published"))
    return told


def _order(item: CareFigureRow) -> tuple[int, str]:
    stage = {"plan start": 0, "plan target": 3}
    return stage.get(item["as_of"], 2 if " (" in item["as_of"] else 1), item["as_of"]


def _is_of_now(as_of: str, week: IsoWeek) -> bool:
    """Return whether a figure is of the year before the end of a week."""
    try:
        day = dt.date.fromisoformat(f"{as_of}-01" if len(as_of) == len("2023-06") else as_of)
    except ValueError:
        return False
    return week.monday - dt.timedelta(days=365) <= day <= week.monday


def _figure(words: Words, item: CareFigureRow) -> str:
    if item["measure"] == "places" and " (" in item["as_of"]:
        return words.say(
            "%(count)s places, announced for %(date)s",
            count=words.number(item["value"]),
            date=_date(words, item["as_of"].partition(" (")[0]),
        )
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
    full = f"{words.months()[first.month - 1]} {first.year}"
    told = full if month else words.day(first)
    return words.say("announced for %(date)s", date=told) if remark else told


def reach(words: Words, care: CareReach) -> Table:
    """Return how many of each territory's people were within a walk of a care place."""
    say = words.say
    shown = [part for part in DAY_PARTS if any(part.value in _parts(row) for row in care["places"])]
    minutes = words.number(care["minutes"])
    caption = (
        say("People counted within %(count)s minutes on foot of an open care place", count=minutes)
        if shown
        else say("People counted within %(count)s minutes on foot of a care place", count=minutes)
    )
    return Table(
        caption=caption,
        columns=(
            TableColumn(say("Territory")),
            *(TableColumn(words.capital(day_part_word(words, part))) for part in shown),
            TableColumn(say("Hours not published") if shown else say("Share of the people")),
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
    """Return the share of people near care, and the number of care places."""
    count = row["open_places"][key]
    if count is None:
        return Cell(_class(words, share))
    if count:
        places = words.say_many("%(count)s care place", "%(count)s care places", count)
    else:
        places = words.say("no care place")
    return Cell(_class(words, share), note=places)


def _parts(row: CareRow) -> Sequence[str]:
    return row["day_parts"] or ()


def _told(care: CareReach) -> list[ReachRow]:
    return [row for row in care["territories"] if row["unpublished"] is not None]


def _class(words: Words, name: str | None) -> str:
    say = words.say
    return {
        None: say("withheld"),
        "none": say("none of them"),
        "few": say("up to a quarter"),
        "part": say("a quarter to three quarters"),
        "most": say("more than three quarters"),
    }[name]


def reading(words: Words, care: CareReach) -> list[str]:
    """Return how the table of the walk is read."""
    say = words.say
    speed = words.number(METRES_PER_MINUTE * 60 / 1000, 1)
    way = (
        say("The way on foot follows the streets, at %(speed)s km an hour.", speed=speed)
        if care["by_streets"]
        else say(
            "The way on foot is %(detour)s times the straight line, at %(speed)s km an hour.",
            detour=words.number(DETOUR, 1),
            speed=speed,
        )
    )
    lines = [way]
    left = len(care["territories"]) - len(_told(care))
    if left:
        lines.append(
            words.say_many(
                "%(count)s other territory visited is not in this table: its count is withheld, "
                "or nobody was seen there.",
                "%(count)s other territories visited are not in this table: their counts are "
                "withheld, or nobody was seen there.",
                left,
            )
        )
    near = say(
        "Shares are told in classes. That a place is near says nothing about who goes there or why."
    )
    return [*lines, near]


def rests_on(words: Words, care: CareReach) -> list[str]:
    """Return the care places behind the table, and its limits regarding opening hours."""
    rows = care["places"]
    located = [row for row in rows if row["located"]]
    lines = []
    if not any(row["day_parts"] for row in located):
        lines.append(
            words.say(
                "No hours are published: this page cannot tell whether a care place was open."
            )
        )
    elif any(row["day_parts"] is None for row in located):
        lines.append(
            words.say("A place without published hours may be closed at the time people are there.")
        )
    if len(located) < len(rows):
        lines.append(
            words.say_many(
                "Only %(count)s of %(places)s care places has a known position: the table rests "
                "on it alone.",
                "Only %(count)s of %(places)s care places have a known position: the table rests "
                "on them alone.",
                len(located),
                places=words.number(len(rows)),
            )
        )
    return lines
