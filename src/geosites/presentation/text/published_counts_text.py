"""Published counts as sentences, a table, and a chart with one line per count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from geosites.core.documents.published import CountDocument, HalfDayRow
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page

Half = Literal["day", "night"]
HALVES: tuple[Half, ...] = ("day", "night")
NONE = "–"

_STEP = 100


@dataclass(frozen=True)
class VisitMark:
    """What visits saw, at `left` percent of the width; `half` is "day" or "night"."""

    half: str
    left: str
    text: str


@dataclass(frozen=True)
class CountLane:
    """One published count: its interval in percent of the width, and the marks on it."""

    word: str
    left: str
    width: str
    text: str
    marks: tuple[VisitMark, ...]


@dataclass(frozen=True)
class Picture:
    """The lanes by date, and the numbers of people along the width."""

    label: str
    lanes: tuple[CountLane, ...]
    ticks: tuple[tuple[str, str], ...]


def speaker(words: Words, kind: str) -> str:
    """Return who published a count: `police`, `presse`."""
    message = {
        "association": words.say("association"),
        "city": words.say("city"),
        "observatory": words.say("observatory"),
        "parliament": words.say("parliament"),
        "police": words.say("police"),
        "press": words.say("press"),
        "resident": words.say("resident"),
    }
    return message[kind]


def measure(words: Words, kind: str) -> str:
    """Return what a published count counts."""
    message = {
        "entries_per_day": words.say("entries in a day"),
        "evacuated": words.say("people evacuated"),
        "moved": words.say("people moved there"),
        "passages_per_day": words.say("passages in a day"),
        "present": words.say("people present"),
        "regulars": words.say("regulars"),
        "roaming": words.say("people roaming"),
        "served_per_hour": words.say("people served in an hour"),
    }
    return message[kind]


def date(words: Words, count: CountDocument) -> str:
    """Return the date of a count, with its precision."""
    if count["precision"] == "month":
        return f"{words.months()[count['day'].month - 1]} {count['day'].year}"
    day = words.day(count["day"])
    return day if count["precision"] == "day" else words.say("about %(day)s", day=day)


def statement(words: Words, counts: Sequence[CountDocument]) -> str:
    """Return how many counts there are, from when to when, in a sentence."""
    return words.say_many(
        "%(count)s published count, from %(first)s to %(last)s.",
        "%(count)s published counts, from %(first)s to %(last)s.",
        len(counts),
        first=date(words, counts[0]),
        last=date(words, counts[-1]),
    )


def agreement(words: Words, counts: Sequence[CountDocument]) -> str | None:
    """Return how many counts contain the mean of visits, by day and night; None if none can."""
    held = {half: _held(counts, half) for half in HALVES}
    if not any(held.values()):
        return None
    day, night = (
        words.say("%(inside)s of %(of)s", inside=sum(held[half]), of=len(held[half]))
        for half in HALVES
    )
    return words.say(
        "Beside the visits of the same days at the same sites: by day %(day)s published intervals "
        "hold the mean of the visits, by night %(night)s.",
        day=day,
        night=night,
    )


def _held(counts: Sequence[CountDocument], half: Half) -> list[bool]:
    seen = [count["seen"].get(half) for count in counts]
    return [item["inside"] for item in seen if item and item["inside"] is not None]


def table(page: Page, counts: Sequence[CountDocument], exercise: bool) -> Table:
    """Return the counts by date, each beside the visits by day and by night."""
    say = page.words.say
    day, night = (
        (say("Exercise, by day"), say("Exercise, by night"))
        if exercise
        else (say("Our visits, by day"), say("Our visits, by night"))
    )
    return _table(
        page,
        counts,
        (TableColumn(day, numeric=True), TableColumn(night, numeric=True)),
        lambda count: tuple(_seen(page.words, count, half) for half in HALVES),
    )


def coarse_table(page: Page, counts: Sequence[CountDocument]) -> Table:
    """Return the counts by date, each beside its territories in the same week, as released."""
    column = TableColumn(page.words.say("Whole territory, that week"))
    return _table(page, counts, (column,), lambda count: (_released(page.words, count),))


def _table(
    page: Page,
    counts: Sequence[CountDocument],
    columns: Sequence[TableColumn],
    cells: Callable[[CountDocument], tuple[Cell, ...]],
) -> Table:
    say = page.words.say
    return Table(
        caption=say("Published counts, and what was seen"),
        columns=(
            TableColumn(say("Date")),
            TableColumn(say("Where")),
            TableColumn(say("Source")),
            TableColumn(say("Published")),
            *columns,
        ),
        rows=tuple((*_told(page, count), *cells(count)) for count in counts),
        empty=say("No published count is known for these territories."),
    )


def _told(page: Page, count: CountDocument) -> tuple[Cell, ...]:
    words = page.words
    site, leads = count["site"], count["beside"] and page.may("read closure")
    href = page.links.site(site) if site and leads else None
    return (
        Cell(date(words, count)),
        Cell(_place(words, count), href),
        Cell(_who(words, count), note=count["source"]),
        Cell(words.interval(count["low"], count["high"]), note=_what(words, count)),
    )


def _who(words: Words, count: CountDocument) -> str:
    kinds = _kinds(words, count)
    exactly = count["said_by"].get(words.language.value)
    return words.capital(kinds if exactly is None or exactly == kinds else f"{kinds} ({exactly})")


def _kinds(words: Words, count: CountDocument) -> str:
    return ", ".join(speaker(words, item) for item in count["speakers"])


def _what(words: Words, count: CountDocument) -> str:
    parts = {"day": words.say("by day"), "night": words.say("by night"), None: None}
    answer = (
        measure(words, count["measure"]),
        parts[count["part"]],
        count["remark"].get(words.language.value),
    )
    return " · ".join(item for item in answer if item)


def _seen(words: Words, count: CountDocument, half: Half) -> Cell:
    if count["beside"] is None:
        return Cell(NONE, note=words.say("not compared"))
    seen = count["seen"].get(half)
    if seen is None:
        return Cell(words.say("not observed"))
    visits = words.say_many("%(count)s visit", "%(count)s visits", seen["visits"])
    if seen["inside"] is None:
        return Cell(words.count(seen["heads"]), note=visits)
    place = words.say("inside") if seen["inside"] else _beyond(words, count, seen["heads"])
    return Cell(words.count(seen["heads"]), note=f"{place}, {visits}")


def _beyond(words: Words, count: CountDocument, heads: float) -> str:
    return words.say("below") if heads < count["low"] else words.say("above")


def _released(words: Words, count: CountDocument) -> Cell:
    week = count["week"]
    if not count["territories"] or week is None:
        return Cell(NONE, note=words.say("not compared"))
    note = words.say("week %(number)s", number=IsoWeek.parse(week).number)
    rows = [
        f"{row['name']}{words.say(': ')}"
        + (words.say("withheld") if row["heads"] is None else words.count(row["heads"]))
        for row in count["territories"]
    ]
    return Cell(" · ".join(rows), note=note)


def picture(words: Words, counts: Sequence[CountDocument]) -> Picture | None:
    """Return the counts of sites where there are visits, as intervals with marks; None if none."""
    drawn = [count for count in counts if count["beside"]]
    if not drawn:
        return None
    most = max([count["high"] for count in drawn] + [item["heads"] for item in _all_seen(drawn)])
    end = _STEP * (int(most) // _STEP + 1)
    return Picture(
        label=words.say("Published counts as intervals of people, and what visits saw"),
        lanes=tuple(_lane(words, count, end) for count in drawn),
        ticks=tuple((_left(at, end), words.number(at)) for at in range(0, end, _STEP)),
    )


def _place(words: Words, count: CountDocument) -> str:
    """Return the name of the place in the reader's language, in English where it has none."""
    return count["place"].get(words.language.value) or count["place"][Language.ENGLISH]


def _all_seen(counts: Sequence[CountDocument]) -> Iterator[HalfDayRow]:
    for count in counts:
        yield from (item for half in HALVES if (item := count["seen"].get(half)))


def _lane(words: Words, count: CountDocument, end: int) -> CountLane:
    interval = words.interval(count["low"], count["high"])
    names = [date(words, count), _place(words, count), _kinds(words, count)]
    return CountLane(
        word=" · ".join(names),
        left=_left(count["low"], end),
        width=_left(count["high"] - count["low"], end),
        text=" · ".join([*names, interval]),
        marks=tuple(
            VisitMark(half, _left(seen["heads"], end), _marked(words, half, seen["heads"]))
            for half in HALVES
            if (seen := count["seen"].get(half)) and seen["inside"] is not None
        ),
    )


def _marked(words: Words, half: Half, heads: float) -> str:
    name = {"day": words.say("by day"), "night": words.say("by night")}[half]
    return f"{name}{words.say(': ')}{words.heads(heads)}"


def _left(value: float, end: int) -> str:
    return f"{100 * value / end:.2f}%"
