"""Bulletin tables that compare previous and current values."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.bulletins.key_figures import by_name
from geosites.bulletins.tables import NONE, state
from geosites.core.documents.bulletins import (
    Difference,
    Figure,
    RevisedFigure,
    StatusChange,
    WeekChanges,
)
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn


def figures(words: Words, changes: WeekChanges) -> Table:
    """Return the main figures of last week and this week side by side."""
    say = words.say
    before, now = dict(by_name(changes["before"])), dict(by_name(changes["now"]))
    return Table(
        caption=say("Figures of the two weeks"),
        columns=(
            TableColumn(say("Figure")),
            TableColumn(say("Last week"), numeric=True),
            TableColumn(say("This week"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(figure_word(words, name)),
                Cell(_figure(words, name, before[name])),
                Cell(_figure(words, name, now[name])),
            )
            for name in ("heads", "visits", "places", "hotspots")
        ),
        empty="",
        note=say("Totals follow where the patrols went; the sentence above compares like places."),
    )


def figure_word(words: Words, name: str) -> str:
    """Return the word for a figure of a week."""
    say = words.say
    return {
        "heads": say("People present"),
        "visits": say("Visits"),
        "places": say("Places visited"),
        "hotspots": say("Hotspots"),
        "change": say("Change on the spot"),
        "status": say("Closure"),
    }[name]


def _figure(words: Words, name: str, value: float) -> str:
    return words.count(value) if name == "heads" else words.number(value)


def closure_changes(
    words: Words, links: Links, changed: Sequence[StatusChange]
) -> tuple[Table, ...]:
    """Return a table of the sites whose closure changed its status, or None."""
    if not changed:
        return ()
    say = words.say
    return (
        Table(
            caption=say("Closures in another state than a week before"),
            columns=(TableColumn(say("Site")), TableColumn(say("Before")), TableColumn(say("Now"))),
            rows=tuple(
                (
                    Cell(item["name"], links.site(item["site"])),
                    Cell(state(words, item["before"], item["p_before"])),
                    Cell(state(words, item["now"], item["p_now"]), shape=item["now"]),
                )
                for item in changed
            ),
            empty="",
        ),
    )


def revisions(words: Words, found: Sequence[RevisedFigure]) -> Table:
    """Return the figures of earlier weeks that differ from the published ones."""
    say = words.say
    return Table(
        caption=say("Published figures that late sightings or corrections changed"),
        columns=(
            TableColumn(say("Week")),
            TableColumn(say("Figure")),
            TableColumn(say("Published"), numeric=True),
            TableColumn(say("Now"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(words.capital(words.week(IsoWeek.parse(item["week"])))),
                Cell(figure_word(words, item["figure"])),
                Cell(_exactly(words, item["figure"], item["published"])),
                Cell(_exactly(words, item["figure"], item["now"])),
            )
            for item in found
        ),
        empty=say("No published figure of an earlier week has changed."),
    )


def _exactly(words: Words, name: str | None, value: float | None) -> str:
    """Return a figure with a decimal where it is one of heads, so that a small change shows."""
    if value is None:
        return NONE
    return words.number(round(value, 1), 1 if name in ("heads", "change") else 0)


def differences(words: Words, found: Sequence[Difference]) -> Table:
    """Return the figures that a revision changes, from what to what."""
    say = words.say
    return Table(
        caption=say("Changed figures"),
        columns=(
            TableColumn(say("What")),
            TableColumn(say("Figure")),
            TableColumn(say("Before"), numeric=True),
            TableColumn(say("Now"), numeric=True),
        ),
        rows=tuple(_difference(words, item) for item in found),
        empty=say("No figure changed."),
    )


def _difference(words: Words, one: Difference) -> tuple[Cell, ...]:
    name, section = one["figure"], _section_word(words, one["section"])
    if name is None:
        return (Cell(section), Cell(NONE), Cell(NONE), Cell(words.say("changed")))
    what = f"{section}{words.say(': ')}{one['subject']}" if one["subject"] else section
    return (
        Cell(what),
        Cell(figure_word(words, name)),
        *(Cell(_value(words, name, value)) for value in (one["old"], one["new"])),
    )


def _value(words: Words, name: str, value: Figure) -> str:
    if isinstance(value, str):
        return closure_status(words, value).word
    return _exactly(words, name, value)


def _section_word(words: Words, section: str) -> str:
    say = words.say
    return {
        "figures": say("The whole week"),
        "hotspots": say("Hotspots"),
        "territories": words.territory(),
        "alarms": say("Alarm"),
        "operations": say("Operations"),
        "closures": say("Closures"),
        "changes": say("Comparison with last week"),
        "effort": say("Effort and gaps"),
        "map": say("Map"),
    }[section]
