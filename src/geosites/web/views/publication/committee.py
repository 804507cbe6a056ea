"""The page of a committee member."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.committee import CommitteeDocument
from geosites.core.documents.events import ListedEvent
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import operation_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Hyperlink, Page
from geosites.presentation.text.closure_text import known
from geosites.reference_data.committee import Member
from geosites.web.views.home import closed_lines
from geosites.web.views.maps import care_tables
from geosites.web.views.publication.partner import territories_table, week_sentence, withheld


def committee(page: Page, members: Sequence[Member]) -> str:
    """Return the list of members."""
    links = [Hyperlink(item.name, page.links.committee(item.key)) for item in members]
    return page.html("publication/committee.html", here="committee", members=links)


def committee_member(page: Page, answer: CommitteeDocument, member: Member) -> str:
    """Return the page of one member."""
    words, week, care = page.words, answer["week"], answer["care"]
    before = IsoWeek.parse(week["week"]).shift(-1)
    closures = answer["closures"]
    return page.html(
        "publication/committee_member.html",
        here="committee",
        name=answer["name"],
        title=words.say("%(name)s, %(week)s", name=answer["name"], week=_week(words, week["week"])),
        statement=week_sentence(words, week),
        known=known(words, week["as_known_at"]),
        territories=territories_table(page, week),
        before=Hyperlink(words.capital(words.week(before)), page.links.week(before)),
        no_closure=words.say("No closure is under way among the sites followed in this territory.")
        if member.territories
        else words.say("No closure is under way among the sites followed."),
        closures=None if closures is None else closed_lines(page, closures),
        operations=_operations(page, answer["operations"]),
        care=None if care is None else care_tables.places(words, care, IsoWeek.parse(week["week"])),
        reach=None if care is None else care_tables.reach(words, care),
        reach_first=[] if care is None else care_tables.rests_on(words, care),
        care_reading=[] if care is None else care_tables.reading(words, care),
        withheld=withheld(words, week["withheld"]["threshold"]),
    )


def _week(words: Words, week: str) -> str:
    return words.week(IsoWeek.parse(week))


def _operations(page: Page, listed: Sequence[ListedEvent] | None) -> Table | None:
    if listed is None:
        return None
    say = page.words.say
    return Table(
        caption=say("Operations and closures of the last 13 weeks"),
        columns=(TableColumn(say("Day")), TableColumn(say("What")), TableColumn(say("Where"))),
        rows=tuple(
            (
                Cell(page.words.day(item["at"]), page.links.displacement(item["key"])),
                Cell(page.words.capital(operation_word(page.words, item["what"]))),
                Cell(item["place"] or "–"),
            )
            for item in listed
        ),
        empty=say("None."),
    )
