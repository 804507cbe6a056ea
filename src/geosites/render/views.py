"""What each page says: results in, a page out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geosites.render import tables
from geosites.render.documents import ClosureDocument, DisplacementDocument, HotspotsDocument
from geosites.render.maps import FeatureLayer, SiteMap
from geosites.render.pages import Anchor, MapView, Page
from geosites.render.sentences import (
    STATUSES,
    UNDER_CLOSURE,
    closure_brief,
    closure_statement,
    closure_status,
    displacement_statement,
    week_effort,
    week_statement,
)
from geosites.weeks import IsoWeek

WEEK_KINDS = frozenset({"density", "hotspot", "unobserved", "operation", "closure", "site", "care"})


@dataclass(frozen=True)
class Line:
    """A site in a list: its name, where it leads, its closure in one line."""

    name: str
    href: str
    text: str
    status: str


def home(
    page: Page,
    week: HotspotsDocument,
    closures: Sequence[ClosureDocument],
    classes: Sequence[float] = (),
) -> str:
    """Return the first page: the answer of the week, the closures, then the map and its table."""
    return page.html(
        "home.html",
        **_board(page, closures),
        statement=_home_statement(page, week),
        effort=week_effort(page.words, week) if week["visits"] else None,
        view=week_map(page, week, classes),
        hotspots=tables.hotspots(page.words, page.links, week),
        there=page.links.week(week["week"]),
    )


def home_empty(page: Page, closures: Sequence[ClosureDocument]) -> str:
    """Return the first page of a store in which nothing was ever seen."""
    said = page.words.say("No sighting has been recorded yet.")
    shared = _board(page, closures)
    return page.html("home.html", **shared, statement=said, effort=None, view=None)


def _board(page: Page, closures: Sequence[ClosureDocument]) -> dict[str, Any]:
    lines = [_line(page, answer) for answer in closures]
    closed = [line for line in lines if line.status in UNDER_CLOSURE]
    return {
        "here": "home",
        "title": page.words.say("This week"),
        "closures": sorted(closed, key=lambda line: STATUSES.index(line.status)),
        "not_closed": [line for line in lines if line.status not in UNDER_CLOSURE],
    }


def _home_statement(page: Page, week: HotspotsDocument) -> str:
    if week["visits"] == 0:
        return week_statement(page.words, week)[0]
    words, there = page.words, page.links.week(week["week"])
    heads = Anchor(words.present(week["heads"]), f"{there}#territories")
    spots = words.say_many("%(count)s hotspot", "%(count)s hotspots", len(week["hotspots"]))
    return page.linked(
        "%(week)s: %(heads)s, %(hotspots)s.",
        week=words.capital(words.week(IsoWeek.parse(week["week"]))),
        heads=heads,
        hotspots=Anchor(spots, f"{there}#hotspots"),
    )


def _line(page: Page, answer: ClosureDocument) -> Line:
    return Line(
        name=answer.get("name", answer["site"]),
        href=page.links.site(answer["site"]),
        text=closure_brief(page.words, answer) + ".",
        status=answer["status"],
    )


def week(page: Page, answer: HotspotsDocument, classes: Sequence[float], latest: IsoWeek) -> str:
    """Return the hotspots of one week."""
    this = IsoWeek.parse(answer["week"])
    return page.html(
        "week.html",
        here="week",
        title=page.words.say("Hotspots, %(week)s", week=page.words.week(this)),
        statement=week_statement(page.words, answer)[0],
        effort=week_effort(page.words, answer) if answer["visits"] else None,
        before=this.shift(-1),
        after=this.shift(1) if this < latest else None,
        view=week_map(page, answer, classes),
        hotspots=tables.hotspots(page.words, page.links, answer),
        territories=tables.territories(page.words, answer),
        empty=_empty(page, answer),
        reading=week_reading(page, answer),
    )


def _empty(page: Page, answer: HotspotsDocument) -> str | None:
    seen = [row for row in answer["territories"] if row["visits"]]
    names = [row["name"] for row in seen if row["heads"] == 0]
    if not names:
        return None
    return page.words.say("Visited, nobody seen: %(names)s.", names=", ".join(names))


def week_map(page: Page, answer: HotspotsDocument, classes: Sequence[float]) -> MapView:
    """Return the map of a week: territories, care places and the week's own layer."""
    drawn = SiteMap()
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("care", page.links.care(answer["week"])).add_to(drawn)
    FeatureLayer("week", page.links.week_layer(answer["week"])).add_to(drawn)
    return MapView(
        parts=drawn.parts(),
        label=page.words.say("Map of the week"),
        classes=tuple(classes),
        kinds=WEEK_KINDS,
    )


def week_reading(page: Page, answer: HotspotsDocument) -> list[str]:
    """Return how the figures of a week are meant, and what they were computed with."""
    say, words = page.words.say, page.words
    parameters = answer["parameters"]
    lines = [
        say(
            "People present: the mean count per visit at each place, summed over places, so that "
            "a place visited ten times is not counted ten times."
        ),
        say("Plain sum of all counts: %(heads)s.", heads=words.number(answer["heads_counted"])),
        say(
            "Density is smoothed over %(bandwidth)s and a cell is %(cell)s wide.",
            bandwidth=words.metres(parameters["bandwidth_m"]),
            cell=words.metres(parameters["cell_m"]),
        ),
        say(
            "A hotspot is a group of cells with more people per visit than chance would give; at "
            "most %(alpha)s of them are expected to be false alarms.",
            alpha=words.percent(parameters["alpha"]),
        ),
    ]
    return [*lines, _known(page, answer)]


def _known(page: Page, answer: HotspotsDocument) -> str:
    if answer["as_known_at"] is None:
        return page.words.say("With everything known now; late sightings may change it.")
    return page.words.say(
        "As known on %(instant)s.", instant=page.words.instant(answer["as_known_at"])
    )


def sites(page: Page, answers: Sequence[ClosureDocument]) -> str:
    """Return the closure board."""
    closed = [answer for answer in answers if answer["status"] in UNDER_CLOSURE]
    confirmed = sum(answer["status"] == "confirmed_closed" for answer in closed)
    ranked = sorted(answers, key=lambda answer: STATUSES.index(answer["status"]))
    return page.html(
        "sites.html",
        here="sites",
        statement=page.words.say_many(
            "%(count)s site under closure, %(confirmed)s confirmed by recent visits.",
            "%(count)s sites under closure, %(confirmed)s confirmed by recent visits.",
            len(closed),
            confirmed=page.words.number(confirmed),
        ),
        board=tables.sites(page.words, page.links, ranked),
        terms=[(status, closure_status(page.words, status)) for status in STATUSES],
    )


def site(page: Page, answer: ClosureDocument) -> str:
    """Return one site: its closure, and everything the answer rests on."""
    words = page.words
    drawn = SiteMap(max_zoom=19)
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("site", page.links.site_layer(answer["site"])).add_to(drawn)
    name = answer.get("name", answer["site"])
    brief = closure_brief(words, answer)
    return page.html(
        "site.html",
        here="sites",
        name=name,
        answer=answer,
        brief=words.capital(brief) + ".",
        statement=closure_statement(words, answer),
        evidence=tables.evidence(words, answer),
        view=MapView(
            parts=drawn.parts(),
            label=words.say("Map of the site"),
            kinds=frozenset({"closure", "site", "operation"}),
        ),
        reading=site_reading(page, answer),
    )


def site_reading(page: Page, answer: ClosureDocument) -> list[str]:
    """Return how a closure answer is meant."""
    say = page.words.say
    return [
        say("Each visit that finds nobody raises the probability; silence only lowers it."),
        say("Only one visit in each part of a day counts, since crews repeat themselves."),
        say("A verified sighting of people inside the perimeter ends the confirmation."),
        say("As of %(instant)s.", instant=page.words.instant(answer["as_of"])),
    ]


def displacement(page: Page, answer: DisplacementDocument, place: Anchor | None = None) -> str:
    """Return what followed an event; `place` is the site it was about, if it has a name."""
    words, event = page.words, answer["event"]
    drawn = SiteMap()
    FeatureLayer("ground", page.links.ground()).add_to(drawn)
    FeatureLayer("moves", page.links.displacement_layer(event["key"])).add_to(drawn)
    return page.html(
        "displacement.html",
        here="",
        title=event_title(page, answer),
        place=place,
        statement=displacement_statement(words, answer),
        changes=tables.changes(words, answer),
        flows=tables.flows(words, answer),
        view=MapView(
            parts=drawn.parts(),
            label=words.say("Map of the changes"),
            kinds=frozenset({"flow", "operation"}),
        ),
        reading=displacement_reading(page, answer),
    )


def event_title(page: Page, answer: DisplacementDocument) -> str:
    """Return what an event was and when: `Après l'opération du 5 octobre 2022`."""
    say, day = page.words.say, page.words.day(answer["event"]["at"])
    known = {
        "operation": say("After the operation of %(day)s", day=day),
        "closure": say("After the closure of %(day)s", day=day),
    }
    return known.get(answer["event"]["kind"], say("After %(day)s", day=day))


def displacement_reading(page: Page, answer: DisplacementDocument) -> list[str]:
    """Return how the figures of a displacement are meant."""
    say, words = page.words.say, page.words
    wdd, wdq = answer["wdd"], answer["wdq"]
    return [
        say(
            "Expected: what the place would hold had it followed the comparable places "
            "without an event."
        ),
        say("Intervals hold %(level)s of the likely values.", level=words.percent(answer["level"])),
        say(
            "Weighted displacement difference, on plain counts: %(estimate)s (%(interval)s). It "
            "assumes that patrols were the same before and after; read it with that in mind.",
            estimate=words.signed(wdd["estimate"]),
            interval=words.interval(wdd["low"], wdd["high"]),
        ),
        say("Displacement quotient: %(value)s.", value=_quotient(page, wdq.get("value"))),
    ]


def _quotient(page: Page, value: float | None) -> str:
    return page.words.say("not defined") if value is None else page.words.number(value, 2)


def error(page: Page, status: int, detail: str | None, near: Sequence[str]) -> str:
    """Return the page that says what went wrong; `near` are slugs of sites that were meant."""
    title, explanation = _error_words(page, status)
    return page.html(
        "error.html",
        here="",
        title=title,
        explanation=explanation,
        detail=detail,
        near=[Anchor(slug, page.links.site(slug)) for slug in near],
    )


def _error_words(page: Page, status: int) -> tuple[str, str]:
    say = page.words.say
    known = {
        404: (say("Not found"), say("There is nothing at this address.")),
        409: (say("Contradiction"), say("It contradicts what is already recorded.")),
        422: (say("No answer"), say("The question cannot be answered as it was asked.")),
        503: (
            say("Not available"),
            say("The data cannot be reached at the moment. Please try again shortly."),
        ),
    }
    unforeseen = (say("Error"), say("Something went wrong here. It has been written down."))
    return known.get(status, unforeseen)


def problems(page: Page, explained: Sequence[tuple[str, int, str]]) -> str:
    """Return the page that explains the problems the API names."""
    return page.html("problems.html", here="", explained=explained)
