"""Status timeline of a site: an SVG chart with one line per status, and a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from geosites.core import city
from geosites.core.documents.closures import HistoryDocument
from geosites.core.weeks import midnight
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STATUSES, closure_status
from geosites.presentation.tables.table import Cell, Table, TableColumn

_MOST_TICKS = 5
_MONTHS_APART = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Bar:
    """A stretch of one status; `left` and `width` are percentages of the whole time."""

    left: str
    width: str
    text: str


@dataclass(frozen=True)
class StatusLane:
    """A status, with the periods in which it was valid."""

    status: str
    word: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    """The beginning of a month, at a percentage of the whole time."""

    left: str
    text: str


@dataclass(frozen=True)
class Timeline:
    """The picture: lanes from the firmest closure down, and where months begin."""

    label: str
    lanes: tuple[StatusLane, ...]
    ticks: tuple[Tick, ...]


def timeline(words: Words, told: HistoryDocument) -> Timeline:
    """Return the picture of a site's history; lanes for the statuses it had."""
    had = {item["status"] for item in told["band"]}
    return Timeline(
        label=words.say(
            "Closure of %(name)s from %(start)s to %(end)s",
            name=told["name"],
            start=words.day(told["start"]),
            end=words.day(told["end"]),
        ),
        lanes=tuple(
            StatusLane(
                status, closure_status(words, status).word, tuple(_bars(words, told, status))
            )
            for status in STATUSES
            if status in had
        ),
        ticks=tuple(_ticks(words, told)),
    )


def stretches(words: Words, told: HistoryDocument) -> Table:
    """Return the same as a table, the latest stretch first."""
    say = words.say
    return Table(
        caption=say("The closure over time"),
        columns=(
            TableColumn(say("Since")),
            TableColumn(say("Closure")),
            TableColumn(say("Lasted")),
        ),
        rows=tuple(
            (
                Cell(words.instant(item["start"])),
                Cell(closure_status(words, item["status"]).word, shape=item["status"]),
                Cell(_length(words, item["end"] - item["start"])),
            )
            for item in reversed(told["band"])
        ),
        empty="",
        note=say(
            "According to the visits known now; what was published at the time may have been "
            "different."
        ),
    )


def _bars(words: Words, told: HistoryDocument, status: str) -> Iterator[Bar]:
    for item in told["band"]:
        if item["status"] == status:
            span = f"{words.instant(item['start'])} – {words.instant(item['end'])}"
            width = (item["end"] - item["start"]) / (told["end"] - told["start"])
            word = closure_status(words, status).word
            yield Bar(_left(told, item["start"]), _percent(width), f"{word}, {span}")


def _ticks(words: Words, told: HistoryDocument) -> Iterator[Tick]:
    months = list(_months(told["start"], told["end"]))
    apart = next(
        (step for step in _MONTHS_APART if len(months) <= step * _MOST_TICKS), _MONTHS_APART[-1]
    )
    for month in months:
        if (month.year * 12 + month.month - 1) % apart == 0:
            yield Tick(_left(told, midnight(month)), words.month(month))


def _months(start: dt.datetime, end: dt.datetime) -> Iterator[dt.date]:
    month = start.astimezone(city.zone()).date().replace(day=1)
    while midnight(month := (month + dt.timedelta(days=32)).replace(day=1)) < end:
        yield month


def _left(told: HistoryDocument, at: dt.datetime) -> str:
    return _percent((at - told["start"]) / (told["end"] - told["start"]))


def _percent(share: float) -> str:
    return f"{100 * share:.3f}%"


def _length(words: Words, length: dt.timedelta) -> str:
    if length < dt.timedelta(days=2):
        hours = round(length / dt.timedelta(hours=1))
        return words.say_many("%(count)s hour", "%(count)s hours", hours)
    return words.say_many("%(count)s day", "%(count)s days", round(length / dt.timedelta(days=1)))
