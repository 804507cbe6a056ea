"""Tables of sites and the status of their closures, own and shared."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.sharing import SharedClosure
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text.closure_text import closure_brief


def sites(words: Words, links: Links, answers: Sequence[ClosureDocument]) -> Table:
    """Return the closure board: one site a row."""
    say = words.say
    return Table(
        caption=say("Sites"),
        columns=(TableColumn(say("Site")), TableColumn(say("Closure"))),
        rows=tuple(
            (
                Cell(answer.get("name", answer["site"]), links.site(answer["site"])),
                Cell(closure_brief(words, answer), shape=answer["status"]),
            )
            for answer in answers
        ),
        empty=say("No site is recorded."),
    )


def told_closures(words: Words, told: Sequence[SharedClosure]) -> Table:
    """Return the closures of other services: status and instant, as each told them."""
    say = words.say
    return Table(
        caption=say("Sites of other services"),
        columns=(
            TableColumn(say("Service")),
            TableColumn(say("Site")),
            TableColumn(say("Closure")),
            TableColumn(say("As told")),
        ),
        rows=tuple(
            (
                Cell(item["peer"]),
                Cell(item["name"]),
                Cell(closure_status(words, item["status"]).word, shape=item["status"]),
                Cell(words.instant(item["told_at"])),
            )
            for item in told
        ),
        empty=say("No site is recorded."),
    )


def status_words(words: Words, statuses: Sequence[str]) -> list[tuple[str, str]]:
    """Return each status with its word, for a legend."""
    return [(status, closure_status(words, status).word) for status in statuses]
