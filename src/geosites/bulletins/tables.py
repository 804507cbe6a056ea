"""The tables of a bulletin, narrow enough for A4."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from geosites.core import city
from geosites.core.documents.bulletins import WeekEffort
from geosites.core.documents.closures import ClosureSummary
from geosites.core.documents.weeks import HotspotRow, TerritoryRow, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STANDING, closure_status, day_part_word, trend
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_sightings_text import seen_brief
from geosites.presentation.text.closure_surroundings_text import nearby_brief
from geosites.presentation.text.closure_text import never_checked

NONE = "–"
SMALLEST_TOLD = 0.001
MOST_TERRITORIES = 12


def hotspots(words: Words, links: Links, week: WeekDocument) -> Table:
    """Return the hotspots with what they rest on: visits, q, age and trend."""
    say = words.say
    return Table(
        caption=say("Hotspots"),
        columns=(
            TableColumn(say("No."), numeric=True),
            TableColumn(say("Where")),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Share"), numeric=True),
            TableColumn(say("Visits"), numeric=True),
            TableColumn(say("q"), numeric=True),
            TableColumn(say("Trend")),
        ),
        rows=tuple(_hotspot(words, links, spot) for spot in week["hotspots"]),
        empty=hotspot_text.no_ranking(words, week)
        or say("No hotspot this week: no group of cells stands out from chance."),
    )


def _hotspot(words: Words, links: Links, spot: HotspotRow) -> tuple[Cell, ...]:
    near = hotspot_text.site_of(spot)
    age = hotspot_text.age(words, spot)
    course = Cell(trend(words, spot["trend"]).word, note=age) if spot["trend"] else Cell(age)
    return (
        Cell(str(spot["rank"])),
        Cell(
            hotspot_text.place_of(words, spot),
            None if near is None else links.site(near),
            note=hotspot_text.beside(words, spot),
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


def state(words: Words, status: str, chance: float | None) -> str:
    """Return the label of a closure's status, with the probability that it is clear."""
    word = closure_status(words, status).word
    return word if chance is None else f"{word} ({words.percent(chance)})"


def closed(
    words: Words,
    links: Links,
    shown: Sequence[ClosureSummary],
    *,
    left: int,
    states: str,
    told: Collection[str] = (),
) -> Table:
    """Return the closed sites of the first page; `states` counts all if some are `left` out.

    For the slugs in `told`, people seen there are mentioned elsewhere on the page.
    """
    say = words.say
    more = words.say_many("%(count)s more: annex.", "%(count)s more: annex.", left)
    counted = f"{states} {more}" if left else ""
    chance = say("In brackets: the chance that the site is still empty, by what visits saw.")
    explained = chance if any(map(_has_chance, shown)) else ""
    return Table(
        caption=say("Closed sites"),
        columns=(
            TableColumn(say("Site")),
            TableColumn(say("Closed since")),
            TableColumn(say("What visits show")),
            TableColumn(say("Last visit"), minor=True),
            TableColumn(say("Next visit before")),
        ),
        rows=tuple(_since(words, links, item, item["site"] in told, left > 0) for item in shown),
        empty=say("No site is closed."),
        note=" ".join(filter(None, (counted, explained))) or None,
    )


def _since(
    words: Words, links: Links, one: ClosureSummary, told: bool, full: bool
) -> tuple[Cell, ...]:
    """Return the row of a site with the beginning of its closure, and until when it is confirmed.

    On a `full` page the day of the last visit is in figures, which take less space.
    """
    site, state_, *others = _closure(words, links, one)[:4]
    if full and one["last_visit_at"] is not None and not never_checked(one):
        others[0] = Cell(f"{one['last_visit_at'].astimezone(city.zone()):%d/%m}")
    seen = nearby_brief(words, one) if told else _seen(words, one)
    remark = words.say("; ").join(part for part in (seen, _to_confirm(words, one)) if part)
    others = [replace(state_, note=words.capital(remark) or None), *others]
    since, until = one["closed_since"], one["closed_until"]
    note = None if until is None else words.say("until %(day)s", day=words.day(until))
    return (site, Cell(NONE if since is None else words.day(since), note=note), *others)


def closures(words: Words, links: Links, closed: Sequence[ClosureSummary]) -> Table:
    """Return the closed sites, what needs a visit first."""
    say = words.say
    return Table(
        caption=say("Closed sites, what needs a visit first"),
        columns=(
            TableColumn(say("Site")),
            TableColumn(say("Closure")),
            TableColumn(say("Last visit")),
            TableColumn(say("Next visit before")),
            TableColumn(say("Still needed")),
        ),
        rows=tuple(_closure(words, links, item) for item in closed),
        empty=say("No site is closed."),
    )


def _closure(words: Words, links: Links, one: ClosureSummary) -> tuple[Cell, ...]:
    as_of, due = one["as_of"], one["next_visit_due"]
    unchecked = never_checked(one)
    late = due is not None and due <= as_of
    return (
        Cell(one["name"], links.site(one["site"])),
        Cell(
            state(words, one["status"], one["p_clear"] if _has_chance(one) else None),
            shape=one["status"],
            note=_seen(words, one) or None,
        ),
        Cell(_last_visit(words, one, unchecked)),
        Cell(
            NONE if due is None else words.day(due, near=as_of),
            note=words.say("overdue") if late else None,
        ),
        Cell(_needed(words, one)),
    )


def _has_chance(one: ClosureSummary) -> bool:
    return one["p_clear"] is not None and one["status"] in STANDING and not never_checked(one)


def _to_confirm(words: Words, one: ClosureSummary) -> str:
    """Return what is missing for the confirmation of a probable closure."""
    if one["status"] not in STANDING or one["status"] == "confirmed_closed" or never_checked(one):
        return ""
    needed = _needed(words, one)
    return "" if needed == NONE else words.say("to confirm it: %(visits)s", visits=needed)


def _seen(words: Words, one: ClosureSummary) -> str:
    """Return the people seen, inside the perimeter and beside it."""
    parts = [seen_brief(words, one), nearby_brief(words, one)]
    return words.capital(words.say("; ").join(part for part in parts if part))


def _last_visit(words: Words, one: ClosureSummary, unchecked: bool) -> str:
    if unchecked:
        return words.say("never checked since the closure")
    if one["last_visit_at"] is None:
        return words.say("no visit yet")
    return words.day(one["last_visit_at"], near=one["as_of"])


def _needed(words: Words, one: ClosureSummary) -> str:
    if not one["visits_needed"]:
        return NONE
    visits = words.say_many("%(count)s visit", "%(count)s visits", one["visits_needed"])
    part = one["next_day_part"]
    return f"{visits}, {day_part_word(words, part)}" if part else visits


def territories(words: Words, week: WeekDocument) -> Table:
    """Return the visits by territory, the most visited first."""
    say = words.say
    ranked = sorted(week["territories"], key=lambda row: (-row["visits"], row["code"]))
    return Table(
        caption=say("Visits by territory"),
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("Visits"), numeric=True),
            TableColumn(say("Places"), numeric=True),
            TableColumn(say("People"), numeric=True),
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


def _others(words: Words, rows: Sequence[TerritoryRow]) -> str | None:
    """Return the visits to the territories that do not fit into the table, if any."""
    visited = [row for row in rows if row["visits"]]
    if not visited:
        return None
    listed = ", ".join(f"{row['name']} {words.number(row['visits'])}" for row in visited)
    return words.say("Visits elsewhere: %(list)s.", list=listed)


def gaps(words: Words, effort: WeekEffort) -> Table:
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
            TableColumn(say("Where")),
            TableColumn(say("Visits in 4 weeks"), numeric=True),
            TableColumn(say("Last visit")),
        ),
        rows=tuple(
            (
                Cell(hotspot_text.place_of(words, gap)),
                Cell(words.number(gap["visits"])),
                Cell(words.instant(gap["last_visit_at"])),
            )
            for gap in effort["gaps"]
        ),
        empty=say("Every place that used to be visited was visited."),
        note=more,
    )
