"""The page of one import: its result, and how to undo it."""

from __future__ import annotations

import datetime as dt

from geosites.core.documents.files import KeptImport
from geosites.presentation.column_labels import kind_word
from geosites.presentation.formatting import Words
from geosites.presentation.template_rendering import Page
from geosites.validation import FileKind
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.data_files.imports import ImportUnderWay


def kept_import(
    page: Page,
    kept: KeptImport,
    rows: int,
    form: FilledForm,
    under_way: ImportUnderWay | None = None,
) -> str:
    """Return the page; `rows` are as imported. `under_way`: it is being undone or redone."""
    words, say = page.words, page.words.say
    facts = [
        (say("When"), words.instant(dt.datetime.fromisoformat(kept["at"]))),
        (say("What the rows are"), kind_word(words, FileKind(kept["kind"]))),
        (say("Rows"), words.number(kept["rows"])),
        (say("Added"), words.number(kept["added"])),
        (say("Already there"), words.number(kept["already_there"])),
        (say("Left out"), words.number(kept["left_out"] + kept["refused_total"])),
    ]
    if not kept.get("taken_back") and not under_way:
        facts.append((say("As they came in"), words.number(rows)))
    return page.html(
        "data_files/import_record.html",
        here="import",
        kept=kept,
        facts=facts,
        rows=rows,
        taken_back=bool(kept.get("taken_back")),
        form=form.told(words),
        under_way=under_way,
        done=_done(words, kept, under_way),
        share=_share(under_way),
    )


def _done(words: Words, kept: KeptImport, under_way: ImportUnderWay | None) -> str:
    """Return how far it is, in words."""
    if under_way is None or under_way.progress is None:
        return words.say("Waiting")
    told = under_way.progress
    done, rows = words.number(told.written), words.number(told.rows)
    if kept.get("taken_back"):
        return words.say("Rows that count again: %(done)s of %(rows)s", done=done, rows=rows)
    return words.say("Rows that count nowhere any more: %(done)s of %(rows)s", done=done, rows=rows)


def _share(under_way: ImportUnderWay | None) -> float | None:
    told = under_way and under_way.progress
    return told.written / told.rows if told and told.rows else None
