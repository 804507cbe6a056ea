"""The page of the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from geosites.core.documents.service import JournalEntry
from geosites.presentation import journal_labels as labels
from geosites.presentation.formatting import Words
from geosites.presentation.journal_labels import KINDS, kind_word
from geosites.presentation.permission_labels import role_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.web.views.closure.rounds import HorizonLink

NAMED = 3
"""Number of references of an entry that are listed; the others are counted."""


def journal(
    page: Page, entries: Sequence[JournalEntry], kind: str | None, more: dt.datetime | None
) -> str:
    """Return the last entries of the journal; `more` is where the next page begins."""
    words = page.words
    kinds = [(None, words.say("everything")), *((name, kind_word(words, name)) for name in KINDS)]
    return page.html(
        "administration/journal.html",
        here="journal",
        choices=[HorizonLink(text, _address(page, name), name == kind) for name, text in kinds],
        table=_table(words, entries),
        more=None if more is None else _address(page, kind, more),
    )


def _table(words: Words, entries: Sequence[JournalEntry]) -> Table:
    say = words.say
    return Table(
        caption=say("The latest first"),
        columns=(
            TableColumn(say("When")),
            TableColumn(say("Who")),
            TableColumn(say("What")),
            TableColumn(say("References")),
            TableColumn(say("Why")),
        ),
        rows=tuple(_row(words, entry) for entry in entries),
        empty=say("Nothing is in the journal."),
    )


def _row(words: Words, entry: JournalEntry) -> tuple[Cell, ...]:
    seal = f"{entry['chain']}/{entry['seq']}"
    role = role_word(words, entry["role"]) if entry["role"] else None
    channel = labels.channel_word(words, entry["channel"]) if entry["channel"] else None
    unit = " · ".join(filter(None, (role, entry["unit"], channel)))
    recipient = entry["recipient"]
    whom = f"→ {labels.recipient_word(words, recipient)}" if recipient else None
    return (
        Cell(words.instant(entry["at"]), note=seal),
        Cell(entry["actor"], note=unit or None),
        Cell(kind_word(words, entry["kind"]), note=labels.subject(words, entry["what"])),
        Cell(labels.references(words, entry["what"], entry["refs"], NAMED), note=whom),
        Cell(entry["motive"] or ""),
    )


def _address(page: Page, kind: str | None, before: dt.datetime | None = None) -> str:
    asked = {
        "kind": kind,
        "before": before.isoformat() if before else None,
        "lang": page.words.language.value if page.links.chosen else None,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    path = page.links.plain("/journal")
    return f"{path}?{query}" if query else path
