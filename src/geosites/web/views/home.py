"""The dashboard (first page): the week, the closures, the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.presentation.labels import UNDER_CLOSURE, by_urgency
from geosites.presentation.tables import hotspot_tables
from geosites.presentation.template_rendering import Hyperlink, Page
from geosites.presentation.text.closure_sightings_text import needs_person
from geosites.presentation.text.closure_text import closure_brief
from geosites.presentation.text.week_text import (
    alarm_statement,
    hotspots_brief,
    week_effort,
    week_heads,
    week_notes,
    week_statement,
)
from geosites.web.views.weeks import week_map


@dataclass(frozen=True)
class Line:
    """A site in a list: its name, where it leads, its closure in one line.

    `act` answers what needs a person there, and `act_href` is where that is done.
    """

    name: str
    href: str
    text: str
    status: str
    act: str = ""
    act_href: str = ""


def home(
    page: Page,
    week: WeekDocument,
    closures: Sequence[ClosureDocument],
    alarms: Sequence[AlarmDocument],
    classes: Sequence[float] = (),
) -> str:
    """Return the first page: the answer of the week, the closures, then the map and its table."""
    return page.html(
        "home.html",
        **_board(page, closures),
        statement=_home_statement(page, week, len(alarms) + _urgent(closures)),
        alarms=[alarm_statement(page.words, alarm) for alarm in alarms],
        effort=week_effort(page.words, week) if week["visits"] else None,
        notes=week_notes(page.words, week) if week["visits"] else [],
        view=week_map(page, week, classes),
        hotspots=hotspot_tables.hotspots(page.words, page.links, week),
        there=page.links.week(week["week"]),
    )


def home_empty(page: Page, closures: Sequence[ClosureDocument]) -> str:
    """Return the first page of a store in which nothing was ever seen."""
    message = page.words.say("No sighting has been recorded yet.")
    shared = _board(page, closures)
    nothing: dict[str, object] = {"effort": None, "notes": [], "alarms": [], "view": None}
    return page.html("home.html", **shared, **nothing, statement=message)


def closed_lines(page: Page, closures: Sequence[ClosureDocument]) -> list[Line]:
    """Return a line for each site under closure, what needs a person first."""
    closed = [answer for answer in closures if answer["status"] in UNDER_CLOSURE]
    return [_line(page, answer) for answer in sorted(closed, key=_urgency)]


def urgent_lines(page: Page, closures: Sequence[ClosureDocument]) -> list[Line]:
    """Return a line for each closed site where people were seen, with the act that answers it."""
    urgent = sorted(filter(needs_person, closures), key=_urgency)
    return [replace(_line(page, answer), **_act(page, answer)) for answer in urgent]


def _urgency(answer: ClosureDocument) -> tuple[int, str]:
    return by_urgency(answer["status"]), answer.get("name", answer["site"])


def _urgent(closures: Sequence[ClosureDocument]) -> int:
    return sum(map(needs_person, closures))


def _act(page: Page, answer: ClosureDocument) -> dict[str, str]:
    """Return the action for people at a closed site, with its link."""
    seen = answer.get("last_seen")
    if seen is not None and seen["verified"] is False:
        there = f"{page.links.site(answer['site'])}#evidence"
        checks = page.may("check sightings")
        return {
            "act": page.words.say("Verify"),
            "act_href": page.links.sighting_checks() if checks else there,
        }
    if page.may("read rounds"):
        return {"act": page.words.say("Plan a visit"), "act_href": page.links.rounds()}
    return {"act": page.words.say("See the site"), "act_href": page.links.site(answer["site"])}


def _board(page: Page, closures: Sequence[ClosureDocument]) -> dict[str, object]:
    lines = [_line(page, answer) for answer in closures]
    urgent = {answer["site"] for answer in closures if needs_person(answer)}
    return {
        "here": "home",
        "title": page.words.say("This week"),
        "urgent": urgent_lines(page, closures),
        "closures": closed_lines(
            page, [answer for answer in closures if answer["site"] not in urgent]
        ),
        "not_closed": [line for line in lines if line.status not in UNDER_CLOSURE],
        "as_of": _as_of(page, closures[0]) if closures else None,
    }


def _as_of(page: Page, answer: ClosureDocument) -> str:
    return page.words.say("As of %(instant)s.", instant=page.words.instant(answer["as_of"]))


def _home_statement(page: Page, week: WeekDocument, alarms: int) -> str:
    if week["visits"] == 0:
        return week_statement(page.words, week)[0]
    words, there = page.words, page.links.week(week["week"])
    heads = Hyperlink(week_heads(words, week), f"{there}#territories")
    spots = hotspots_brief(words, week)
    sounded = (
        words.say_many("%(count)s alarm", "%(count)s alarms", alarms)
        if alarms
        else words.say("no alarm")
    )
    return page.linked(
        "%(week)s: %(heads)s, %(hotspots)s, %(alarms)s.",
        week=words.capital(words.week(IsoWeek.parse(week["week"]))),
        heads=heads,
        hotspots=Hyperlink(spots, f"{there}#hotspots"),
        alarms=Hyperlink(sounded, "#alarms") if alarms else sounded,
    )


def _line(page: Page, answer: ClosureDocument) -> Line:
    return Line(
        name=answer.get("name", answer["site"]),
        href=page.links.site(answer["site"]),
        text=closure_brief(page.words, answer) + ".",
        status=answer["status"],
    )
