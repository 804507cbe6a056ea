"""Displacement tables: territories, allocation, study, comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.displacement_figures import TerritoryChangeRow, Window
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text import displacement_accounting, displacement_text
from geosites.presentation.text.displacement_text import change_text
from geosites.presentation.text.walking_route_text import flow_way

NONE = "–"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """An event in a comparison: its result, or the reason why there is none."""

    name: str
    href: str
    answer: DisplacementDocument | None
    cause: str | None = None


def changes(words: Words, answer: DisplacementDocument) -> Table:
    """Return the territories that clearly changed, the largest change first."""
    result = [row for row in answer["territories"] if clear(row)]
    return _changes(
        words,
        result,
        caption=words.say("Territories that clearly changed"),
        note=words.say("Clear: the interval does not hold 0."),
    )


def steady(words: Words, answer: DisplacementDocument) -> Table:
    """Return the other territories observed before and after, folded."""
    result = [row for row in answer["territories"] if not clear(row)]
    caption = words.say_many(
        "%(count)s territory without a clear change",
        "%(count)s territories without a clear change",
        len(result),
    )
    return _changes(words, result, caption=caption, folded=True)


def _changes(
    words: Words,
    rows: Sequence[TerritoryChangeRow],
    caption: str,
    note: str | None = None,
    folded: bool = False,
) -> Table:
    say = words.say
    return Table(
        caption=caption,
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("Before"), numeric=True),
            TableColumn(say("Expected"), numeric=True, minor=True),
            TableColumn(say("After"), numeric=True),
            TableColumn(say("Change")),
        ),
        rows=tuple(
            (
                Cell(row["name"]),
                Cell(words.count(row["before"])),
                Cell(words.count(row["expected"])),
                Cell(words.count(row["after"])),
                Cell(change_text(words, row)),
            )
            for row in sorted(rows, key=lambda row: -abs(row["change"]))
        ),
        empty=say("No territory."),
        note=note if rows else None,
        folded=folded,
    )


def flows(words: Words, answer: DisplacementDocument) -> Table:
    """Return the allocation of heads between territories, with the bounds that always hold.

    The last rows are the heads that were not found again, and those that came from elsewhere.
    """
    say = words.say
    names = displacement_accounting.ground_names(answer)
    fell = answer["finding"] != "no_fall_shown"
    return Table(
        caption=say("Where people may have gone (an allocation, nobody was followed)"),
        columns=(
            TableColumn(say("From")),
            TableColumn(say("To")),
            TableColumn(say("Allocated"), numeric=True),
            TableColumn(say("Interval")),
            TableColumn(say("Certain bounds"), minor=True),
        ),
        rows=(*_moved(words, names, answer), *_unpaired(words, answer)),
        empty=say("Nothing was allocated between territories."),
        note=None if fell else say("No fall is shown, so nothing is said to have moved."),
        folded=not fell,
    )


def _moved(
    words: Words, names: dict[str, str], answer: DisplacementDocument
) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(names.get(moved["from"], moved["from"])),
            Cell(displacement_accounting.goal(words, names, moved), note=flow_way(words, moved)),
            Cell(words.number(round(moved["heads"]))),
            Cell(words.interval(moved["low"], moved["high"])),
            Cell(words.interval(moved["bound_low"], moved["bound_high"])),
        )
        for moved in sorted(answer["flows"], key=lambda moved: -moved["heads"])
        if round(moved["high"]) >= 1
    ]


def _unpaired(words: Words, answer: DisplacementDocument) -> list[tuple[Cell, ...]]:
    """Return the rows of heads without a pair."""
    ends = (
        (answer["left_or_not_found"], words.say("the spot"), words.say("left or not found")),
        (answer["arrived"], words.say("elsewhere"), words.say("arrived nearby")),
    )
    return [
        (
            Cell(start),
            Cell(end),
            Cell(words.number(round(result["heads"]))),
            Cell(words.interval(result["low"], result["high"])),
            Cell(NONE),
        )
        for result, start, end in ends
        if result is not None
    ]


def clear(row: TerritoryChangeRow) -> bool:
    """Return whether the interval of a change does not hold 0."""
    return bool(row["low"] > 0 or row["high"] < 0)


# the study ---------------------------------------------------------------------------------------


def study(words: Words, answer: DisplacementDocument, cuts: Sequence[Cell] = ()) -> Table:
    """Return the data behind a study: windows and their limits, tests, the total change."""
    say = words.say
    rows = [
        (say("Weeks before"), Cell(_window(words, answer["before"]))),
        (say("Weeks after"), Cell(_window(words, answer["after"]))),
        *((say("Window cut by"), cut) for cut in cuts),
        (say("Place test"), Cell(_place_test(words, answer))),
        (say("Rank among the comparable places"), Cell(_rank(words, answer))),
        (say("In all places observed"), Cell(change_text(words, answer["net"]))),
        (say("Rests on"), Cell(_sample(words, answer))),
    ]
    return Table(
        caption=say("The study"),
        columns=(TableColumn(say("What")), TableColumn(say("Value"))),
        rows=tuple((Cell(label), value) for label, value in rows),
        empty="",
    )


def _window(words: Words, period: Window) -> str:
    start, end = period["start"], period["end"]
    return f"{words.number((end - start).days // 7)} ({words.day(start)} – {words.day(end)})"


def _place_test(words: Words, answer: DisplacementDocument) -> str:
    test = answer["placebo"]
    return words.say_many(
        "%(p)s, against %(count)s comparable place",
        "%(p)s, against %(count)s comparable places",
        test["controls"],
        p=words.p_value(test["p"]),
    )


def _rank(words: Words, answer: DisplacementDocument) -> str:
    test = answer["placebo"]
    message = words.p_value(test["rank_p"])
    if test["rank_p"] > test["rank_floor"]:
        return message
    return words.say("%(p)s, the smallest that so many places can give", p=message)


def _sample(words: Words, answer: DisplacementDocument) -> str:
    sample = answer["sample"]
    visits = words.say_many("%(count)s visit", "%(count)s visits", sample["visits"])
    places = words.say_many("%(count)s place", "%(count)s places", sample["places"])
    return f"{visits}, {places}"


# several events ----------------------------------------------------------------------------------


def compared(words: Words, events: Sequence[Compared]) -> Table:
    """Return several events, one per row, with the reason for those without a result."""
    say = words.say
    return Table(
        caption=say("Events side by side"),
        columns=(
            TableColumn(say("Event")),
            TableColumn(say("Change on the spot")),
            TableColumn(say("Place test")),
            TableColumn(say("Found again nearby")),
            TableColumn(say("Left or not found")),
            TableColumn(say("Clear rises nearby")),
        ),
        rows=tuple(_told(words, event) for event in events),
        empty="",
    )


def _told(words: Words, event: Compared) -> tuple[Cell, ...]:
    answer = event.answer
    if answer is None:
        reason = displacement_text.refusal(words, event.cause)
        message = f"{words.say('No answer')}. {reason}"
        return (Cell(event.name, event.href, note=message), *(Cell(NONE) for _ in range(5)))
    return (
        Cell(event.name, event.href),
        Cell(change_text(words, answer["target"])),
        Cell(words.p_value(answer["placebo"]["p"])),
        Cell(_found(words, answer)),
        Cell(_left(words, answer)),
        Cell(_rises(words, answer)),
    )


def _found(words: Words, answer: DisplacementDocument) -> str:
    """Return the part of the fall that was found again, in people: a ratio would have noise in its
    denominator.
    """
    if answer["displaced_share"] is None:
        return words.say("no fall shown")
    if answer["accounting"] is None:
        return NONE
    parts = displacement_accounting.whole_account(answer["accounting"])
    return words.say(
        "%(found)s of %(fall)s",
        found=words.number(parts["found_nearby"] + parts["new_places"]),
        fall=words.number(parts["fall"]),
    )


def _left(words: Words, answer: DisplacementDocument) -> str:
    left = answer["left_or_not_found"]
    if left is None or answer["finding"] == "no_fall_shown":
        return NONE
    interval = words.interval(left["low"], left["high"])
    return f"{words.number(round(left['heads']))} ({interval})"


def _rises(words: Words, answer: DisplacementDocument) -> str:
    rises = [row for row in answer["territories"] if row["low"] > 0 and row["near"]]
    ranked = sorted(rises, key=lambda row: -row["change"])
    listed = ", ".join(f"{row['name']} ({words.signed(row['change'])})" for row in ranked)
    return listed or words.say("none")
