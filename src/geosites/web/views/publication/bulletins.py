"""The pages of weekly bulletins."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from geosites.bulletins import IssueStage
from geosites.bulletins.change_tables import differences
from geosites.bulletins.sections import Bulletin
from geosites.core.documents.bulletins import Difference
from geosites.core.weeks import IsoWeek
from geosites.imports.import_progress import ImportProgress
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page

Drawn = tuple[bytes, bytes] | None
"""The maps of a draft, wide and tall."""


class RevisionInList(Protocol):
    """An issued revision in a list."""

    @property
    def week(self) -> IsoWeek:
        """Its week."""

    @property
    def revision(self) -> int:
        """Its number, from 1."""

    @property
    def issued_at(self) -> dt.datetime:
        """When it was issued."""

    @property
    def content_sha256(self) -> str:
        """The digest of its content."""


@dataclass(frozen=True)
class FormatLink:
    """Something that the page leads to."""

    text: str
    href: str
    chosen: bool = False


def bulletins(page: Page, found: Sequence[RevisionInList], due: IsoWeek | None = None) -> str:
    """Return the list of bulletins, the latest first; `due`: a week that has none yet."""
    say = page.words.say
    table = Table(
        caption=say("Issued bulletins"),
        columns=(
            TableColumn(say("Week")),
            TableColumn(say("Revision"), numeric=True),
            TableColumn(say("Issued on")),
            TableColumn(say("SHA-256 of the content"), minor=True),
        ),
        rows=tuple(
            (
                Cell(
                    page.words.capital(page.words.week(item.week)),
                    page.links.bulletin(item.week, item.revision),
                ),
                Cell(page.words.number(item.revision)),
                Cell(page.words.instant(item.issued_at)),
                Cell(f"{item.content_sha256[:16]}…"),
            )
            for item in found
        ),
        empty=say("No bulletin has been issued yet."),
    )
    offered = due is not None and page.may("issue bulletin")
    return page.html(
        "publication/bulletins.html",
        here="bulletins",
        table=table,
        due=page.links.bulletin(due) if due and offered else None,
        due_week=page.words.week(due) if due and offered else "",
    )


@dataclass(frozen=True, kw_only=True)
class ShownBulletin:
    """A bulletin on a page.

    `version`: that of its content. `map`: the maps of a draft, wide and tall, which have no URL.
    `changed`: its differences from the version that was to be issued; None without such an attempt.
    """

    week: IsoWeek
    made: Bulletin
    revision: int | None
    version: str
    map: Drawn = None
    changed: Sequence[Difference] | None = None


def bulletin(
    page: Page, shown: ShownBulletin, others: Sequence[RevisionInList], now: dt.datetime
) -> str:
    """Return one bulletin; a draft offers to issue it, an issued one its files and revisions."""
    links, week, revision = page.links, shown.week, shown.revision
    may_issue = now >= week.end and page.may("issue bulletin")
    return page.html(
        "publication/bulletin.html",
        here="bulletins",
        made=shown.made,
        **_pictures(page, week, revision, shown.map),
        files=[] if revision is None else _files(page, week, revision),
        revisions=_revisions(page, week, revision, others),
        issue=links.bulletin(week) if may_issue else None,
        version=shown.version,
        changed=None if shown.changed is None else differences(page.words, shown.changed),
    )


def bulletin_under_way(
    page: Page, week: IsoWeek, read: str, progress: ImportProgress | None
) -> str:
    """Return how far the issue of a bulletin is; `progress` is None while it waits for others."""
    words, order = page.words, list(IssueStage)
    place = -1 if progress is None else progress.written
    states = [
        "done" if number < place else "now" if number == place else "later"
        for number in range(len(order))
    ]
    texts = [_stage(words, stage) for stage in order]
    return page.html(
        "publication/bulletin_in_progress.html",
        here="bulletins",
        week=words.week(week),
        stages=[
            (words.say("%(what)s: done", what=text) if state == "done" else text, state)
            for text, state in zip(texts, states, strict=True)
        ],
        share=max(place, 0) / len(order),
        here_again=page.links.bulletin(week, issuing=read),
    )


def _stage(words: Words, stage: IssueStage) -> str:
    return {
        IssueStage.COLLECTING: words.say("Collecting what the week tells"),
        IssueStage.DRAWING: words.say("Drawing its map, its pages and its files"),
        IssueStage.KEEPING: words.say("Keeping it and writing to those who asked for it"),
    }[stage]


def monday(
    page: Page, made: Bulletin, week: IsoWeek, revision: int | None, drawn: Drawn = None
) -> str:
    """Return the first page of a bulletin, issued or not, as a page of its own."""
    return page.html(
        "publication/monday.html",
        here="bulletins",
        made=made,
        **_pictures(page, week, revision, drawn),
        whole=page.links.bulletin(week, revision),
        files=[] if revision is None else _files(page, week, revision)[:1],
    )


def _pictures(page: Page, week: IsoWeek, revision: int | None, drawn: Drawn) -> dict[str, str]:
    """Return the addresses of the map of a revision, or those of a draft, which hold it."""
    if drawn is not None:
        wide, tall = (f"data:image/png;base64,{b64encode(one).decode()}" for one in drawn)
        return {"picture": wide, "tall": tall}
    address = page.links.bulletin_file(week, "/map.png", revision or 1)
    return {"picture": address, "tall": f"{address}&tall=true"}


def _files(page: Page, week: IsoWeek, revision: int) -> list[FormatLink]:
    names = {
        ".pdf": page.words.say("Print version (PDF)"),
        ".html": page.words.say("One file (HTML)"),
        ".json": page.words.say("Its content (JSON)"),
    }
    file = page.links.bulletin_file
    return [FormatLink(text, file(week, ending, revision)) for ending, text in names.items()]


def _revisions(
    page: Page, week: IsoWeek, revision: int | None, others: Sequence[RevisionInList]
) -> list[FormatLink]:
    if len(others) < 2:
        return []
    return [
        FormatLink(
            page.words.say("revision %(number)s", number=page.words.number(item.revision)),
            page.links.bulletin(week, item.revision),
            item.revision == revision,
        )
        for item in sorted(others, key=lambda item: item.revision)
    ]
