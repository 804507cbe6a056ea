"""The tables of a bulletin, narrow enough for A4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geosites.render import spots
from geosites.render.documents import ClosureDocument, Hotspot, HotspotsDocument
from geosites.render.links import Links
from geosites.render.tables import Cell, Column, Table
from geosites.render.vocabulary import closure_status, day_part_word, trend
from geosites.render.words import Words
from geosites.weeks import IsoWeek

NONE = "–"
SMALLEST_TOLD = 0.001
MOST_TERRITORIES = 12

Document = Mapping[str, Any]


def hotspots(words: Words, links: Links, week: HotspotsDocument) -> Table:
    """Return the hotspots with what they rest on: visits, q, age and trend."""
    say = words.say
    return Table(
        caption=say("Hotspots"),
        columns=(
            Column(say("No."), numeric=True),
            Column(say("Where")),
            Column(say("People"), numeric=True),
            Column(say("Share"), numeric=True),
            Column(say("Visits"), numeric=True),
            Column(say("q"), numeric=True),
            Column(say("Trend")),
        ),
        rows=tuple(_hotspot(words, links, spot) for spot in week["hotspots"]),
        empty=spots.no_ranking(words, week)
        or say("No hotspot this week: no group of cells stands out from chance."),
    )


def _hotspot(words: Words, links: Links, spot: Hotspot) -> tuple[Cell, ...]:
    near = spot["nearest_site"]
    age = spots.age(words, spot)
    course = Cell(trend(words, spot["trend"]).word, note=age) if spot["trend"] else Cell(age)
    return (
        Cell(str(spot["rank"])),
        Cell(
            spots.place_of(words, spot),
            None if near is None else links.site(near),
            note=spots.warning(words, spot),
        ),
        Cell(words.count(spot["heads"])),
        Cell(words.percent(spot["share"])),
        Cell(words.number(spot["visits"])),
        Cell(_q(words, spot["q_value"])),
        course,
    )


def _q(words: Words, value: float) -> str:
    if value < SMALLEST_TOLD:
        return f"<\u00a0{words.number(SMALLEST_TOLD, 3)}"
    return words.number(round(value, 3), 3)


def figures(words: Words, changes: Document) -> Table:
    """Return the main figures of last week and this week side by side."""
    say = words.say
    before, now = changes["before"], changes["now"]
    return Table(
        caption=say("Figures of the two weeks"),
        columns=(
            Column(say("Figure")),
            Column(say("Last week"), numeric=True),
            Column(say("This week"), numeric=True),
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


def closure_changes(words: Words, links: Links, changed: Sequence[Document]) -> tuple[Table, ...]:
    """Return the sites whose closure changed its state, or no table at all."""
    if not changed:
        return ()
    say = words.say
    return (
        Table(
            caption=say("Closures in another state than a week before"),
            columns=(Column(say("Site")), Column(say("Before")), Column(say("Now"))),
            rows=tuple(
                (
                    Cell(one["name"], links.site(one["site"])),
                    Cell(_state(words, one["before"], one["p_before"])),
                    Cell(_state(words, one["now"], one["p_now"]), shape=one["now"]),
                )
                for one in changed
            ),
            empty="",
        ),
    )


def _state(words: Words, status: str, chance: float | None) -> str:
    word = closure_status(words, status).word
    return word if chance is None else f"{word} ({words.percent(chance)})"


def closures(words: Words, links: Links, closed: Sequence[ClosureDocument]) -> Table:
    """Return the closed sites, what needs a visit first."""
    say = words.say
    return Table(
        caption=say("Closed sites, what needs a visit first"),
        columns=(
            Column(say("Site")),
            Column(say("Closure")),
            Column(say("Last visit")),
            Column(say("Next visit before")),
            Column(say("Still needed")),
        ),
        rows=tuple(_closure(words, links, one) for one in closed),
        empty=say("No site is closed."),
    )


def _closure(words: Words, links: Links, one: ClosureDocument) -> tuple[Cell, ...]:
    as_of, due, last = one["as_of"], one["next_visit_due"], one["last_visit_at"]
    late = due is not None and due <= as_of
    return (
        Cell(one["name"], links.site(one["site"])),
        Cell(_state(words, one["status"], one["p_clear"]), shape=one["status"]),
        Cell(words.say("no visit yet") if last is None else words.ago(last, as_of)),
        Cell(
            NONE if due is None else words.day(due, near=as_of),
            note=words.say("overdue") if late else None,
        ),
        Cell(_needed(words, one)),
    )


def _needed(words: Words, one: ClosureDocument) -> str:
    if not one["visits_needed"]:
        return NONE
    visits = words.say_many("%(count)s visit", "%(count)s visits", one["visits_needed"])
    part = one["next_day_part"]
    return f"{visits}, {day_part_word(words, part)}" if part else visits


def territories(words: Words, week: HotspotsDocument) -> Table:
    """Return the visits by territory, the most visited first."""
    say = words.say
    ranked = sorted(week["territories"], key=lambda row: (-row["visits"], row["code"]))
    return Table(
        caption=say("Visits by territory"),
        columns=(
            Column(say("Territory")),
            Column(say("Visits"), numeric=True),
            Column(say("Places"), numeric=True),
            Column(say("People"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(row["name"]),
                Cell(words.number(row["visits"])),
                Cell(words.number(row["places"])),
                Cell(words.count(row["heads"]) if row["visits"] else say("not observed")),
            )
            for row in ranked[:MOST_TERRITORIES]
        ),
        empty=say("Not observed: no visit this week."),
        note=_others(words, ranked[MOST_TERRITORIES:]),
    )


def _others(words: Words, rows: Sequence[Document]) -> str | None:
    """Return the visits to the territories that the table has no room for."""
    if not rows:
        return None
    listed = ", ".join(f"{row['name']} {words.number(row['visits'])}" for row in rows)
    return words.say("Visits elsewhere: %(list)s.", list=listed)


def gaps(words: Words, effort: Document) -> Table:
    """Return the places that used to be visited and got no visit."""
    say = words.say
    left = effort["gaps_total"] - len(effort["gaps"])
    more = words.say_many("and %(count)s more", "and %(count)s more", left) if left else None
    return Table(
        caption=words.say_many(
            "%(count)s place visited in the weeks before, and not this week",
            "%(count)s places visited in the weeks before, and not this week",
            effort["gaps_total"],
        ),
        columns=(
            Column(say("Where")),
            Column(say("Visits in 4 weeks"), numeric=True),
            Column(say("Last visit")),
        ),
        rows=tuple(
            (
                Cell(spots.place_of(words, gap)),
                Cell(words.number(gap["visits"])),
                Cell(words.instant(gap["last_visit_at"])),
            )
            for gap in effort["gaps"]
        ),
        empty=say("Every place that used to be visited was visited."),
        note=more,
    )


def revisions(words: Words, found: Sequence[Document]) -> Table:
    """Return the figures of earlier weeks that are no longer what was published."""
    say = words.say
    return Table(
        caption=say("Published figures that late sightings or corrections changed"),
        columns=(
            Column(say("Week")),
            Column(say("Figure")),
            Column(say("Published"), numeric=True),
            Column(say("Now"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(words.capital(words.week(IsoWeek.parse(one["week"])))),
                Cell(figure_word(words, one["figure"])),
                Cell(_exactly(words, one["figure"], one["published"])),
                Cell(_exactly(words, one["figure"], one["now"])),
            )
            for one in found
        ),
        empty=say("No published figure of an earlier week has changed."),
    )


def _exactly(words: Words, name: str | None, value: float | None) -> str:
    """Return a figure with a decimal where it is one of heads, so that a small change shows."""
    if value is None:
        return NONE
    return words.number(round(value, 1), 1 if name in ("heads", "change") else 0)


def differences(words: Words, found: Sequence[Document]) -> Table:
    """Return the figures that a revision changes, from what to what."""
    say = words.say
    return Table(
        caption=say("Changed figures"),
        columns=(
            Column(say("What")),
            Column(say("Figure")),
            Column(say("Before"), numeric=True),
            Column(say("Now"), numeric=True),
        ),
        rows=tuple(_difference(words, one) for one in found),
        empty=say("No figure changed."),
    )


def _difference(words: Words, one: Document) -> tuple[Cell, ...]:
    name, section = one["figure"], _section_word(words, one["section"])
    if name is None:
        return (Cell(section), Cell(NONE), Cell(NONE), Cell(words.say("changed")))
    what = f"{section}{words.say(': ')}{one['subject']}" if one["subject"] else section
    return (
        Cell(what),
        Cell(figure_word(words, name)),
        *(Cell(_value(words, name, one[side])) for side in ("old", "new")),
    )


def _value(words: Words, name: str, value: Any) -> str:
    if name == "status" and value is not None:
        return closure_status(words, value).word
    return _exactly(words, name, value)


def _section_word(words: Words, section: str) -> str:
    say = words.say
    return {
        "figures": say("The whole week"),
        "hotspots": say("Hotspots"),
        "territories": say("Territory"),
        "alarms": say("Alarm"),
        "operations": say("Operations"),
        "closures": say("Closures"),
        "changes": say("Comparison with last week"),
        "effort": say("Effort and gaps"),
        "map": say("Map"),
    }[section]
