"""The hotspots of one week."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.render import spots, tables
from geosites.render.documents import HotspotsDocument
from geosites.render.maps import FeatureLayer, SiteMap
from geosites.render.pages import MapView, Page
from geosites.render.sentences import known, week_effort, week_statement
from geosites.weeks import IsoWeek

WEEK_KINDS = frozenset(
    {"density", "hotspot", "unobserved", "unranked", "operation", "closure", "site", "care"}
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
        caution=spots.caution(page.words, answer),
        before=this.shift(-1),
        after=this.shift(1) if this < latest else None,
        view=week_map(page, answer, classes),
        hotspots=tables.hotspots(page.words, page.links, answer),
        territories=tables.territories(page.words, answer, page.links),
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
        kinds=week_kinds(answer),
    )


def week_kinds(answer: HotspotsDocument) -> frozenset[str]:
    """Return what the map of a week shows; calls and partners where they stand apart."""
    return WEEK_KINDS | {"reported"} if answer["reports"] else WEEK_KINDS


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
    lines += [line for line in (spots.method(words, answer), *_floors(page, answer)) if line]
    lines += spots.trends_told(words, answer["hotspots"])
    return [*lines, known(words, answer["as_known_at"])]


def _floors(page: Page, answer: HotspotsDocument) -> list[str]:
    """Return what is too little to be judged, and what is kept apart."""
    words, floor = page.words, answer["parameters"]["floor_visits"]
    lines = [
        words.say(
            "A cell with fewer than %(count)s visits around it is not ranked; a cell that nobody "
            "visited is not observed, never quiet.",
            count=words.number(floor),
        )
    ]
    if any(spot["discoveries_only"] for spot in answer["hotspots"]):
        lines.append(
            words.say(
                "A hotspot seen by patrols alone has no call and no partner's report on it or "
                "beside it: it may follow the patrols' own paths."
            )
        )
    if answer["reports"]:
        lines.append(
            words.say_many(
                "%(count)s report by a caller or partner is kept apart: reports follow those who "
                "report, and are no visits.",
                "%(count)s reports by callers and partners are kept apart: reports follow those "
                "who report, and are no visits.",
                answer["reports"],
            )
        )
    return lines
