"""The page of one import: what came of it, and the way to take it back."""

from __future__ import annotations

import datetime as dt

from geosites.core.documents.files import KeptImport
from geosites.presentation.column_labels import kind_word
from geosites.presentation.pages import Page
from geosites.validation import FileKind
from geosites.web.forms import FilledForm


def kept_import(page: Page, kept: KeptImport, rows: int, form: FilledForm) -> str:
    """Return the page; `rows` are as they came in."""
    words, say = page.words, page.words.say
    facts = [
        (say("When"), words.instant(dt.datetime.fromisoformat(kept["at"]))),
        (say("What the rows are"), kind_word(words, FileKind(kept["kind"]))),
        (say("Rows"), words.number(kept["rows"])),
        (say("Added"), words.number(kept["added"])),
        (say("Already there"), words.number(kept["already_there"])),
        (say("Left out"), words.number(kept["left_out"] + kept["refused_total"])),
    ]
    if not kept.get("taken_back"):
        facts.append((say("As they came in"), words.number(rows)))
    return page.html(
        "kept_import.html",
        here="import",
        kept=kept,
        facts=facts,
        rows=rows,
        taken_back=bool(kept.get("taken_back")),
        form=form.told(words),
    )
