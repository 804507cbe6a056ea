"""The import page: upload form, preview, recent results."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.files import KeptImport
from geosites.core.errors import BadRow
from geosites.imports.import_outcome import ImportReport
from geosites.imports.import_progress import ImportProgress, ImportStage
from geosites.imports.readers.by_extension import ENDINGS
from geosites.imports.saved_mappings import Taken
from geosites.maps.import_preview import RowMap
from geosites.presentation.column_labels import column_word, in_words, kind_word
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import file_text
from geosites.validation import COLUMNS, FileKind
from geosites.validation.table_columns.column_synonyms import likely
from geosites.web.data_files.import_choices import ImportChoices
from geosites.web.data_files.waiting_uploads import KEPT_S

_OPTION = re.compile(r" \(`?--[^)]*\)")
"""Command-line options in messages, and their replacements on pages."""


@dataclass(frozen=True, kw_only=True)
class ImportStart:
    """What the page begins with: the saved mappings, and the last results."""

    mappings: Sequence[str]
    last: Sequence[KeptImport]


@dataclass(frozen=True, kw_only=True)
class ImportUnderWay:
    """How far a file is, None while it waits for others; `writes`: it was confirmed."""

    progress: ImportProgress | None
    writes: bool


@dataclass(frozen=True, kw_only=True)
class ImportPreview:
    """Preview of a file; `reason` is why it cannot be read, if so.

    `under_way`: not known yet. `taken`: why its mapping cannot be saved under a name. `unsure`: the
    implausible counts were not confirmed.
    """

    file: str
    report: ImportReport | None = None
    reason: str | None = None
    header: Sequence[str] = ()
    map: RowMap | None = None
    under_way: ImportUnderWay | None = None
    taken: Taken | None = None
    unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class StageLine:
    """A stage of an import in words; `state` is done, now or later; `share` of it, if known."""

    text: str
    state: str
    share: float | None = None


@dataclass(frozen=True)
class MatchedColumn:
    """A column of the file, and the column of ours; empty for an ignored one."""

    theirs: str
    ours: str


def imports(
    page: Page, start: ImportStart, choices: ImportChoices, preview: ImportPreview | None = None
) -> str:
    """Return the page."""
    words = page.words
    report = preview.report if preview else None
    shown = None if report is None else report.document()
    matched = _matched(preview, choices) if preview and not choices.saved else []
    guessed = [one.ours for one in matched] != choices.chosen([one.theirs for one in matched])
    return page.html(
        "data_files/import.html",
        here="import",
        choices=choices,
        kinds=[(kind.value, kind_word(words, kind)) for kind in FileKind],
        endings=", ".join(ENDINGS),
        accept=",".join(ENDINGS),
        minutes_kept=round(KEPT_S / 60),
        mappings=start.mappings,
        last=_last(words, page.links, start.last),
        preview=preview,
        matched=matched,
        guessed=guessed,
        ours=[(name, column_word(words, name)) for name in COLUMNS[choices.kind]],
        stages=stages(words, preview.under_way) if preview and preview.under_way else [],
        here_again=page.links.imports(choices.query()),
        ready=report is not None and not report.refused_whole,
        statement="" if shown is None else _statement(words, report),
        told=[] if shown is None or report is None else _told(words, report, matched),
        asked=[] if report is None else [in_words(words, item.text) for item in report.to_confirm],
        bad=None if report is None else _rows(words, report.refused, _at_fault(words, report)),
        doubtful=None
        if shown is None or report is None
        else _rows(words, report.doubtful, file_text.doubtful(words, shown)),
        fields=choices.fields(),
        taken=_taken(words, preview.taken) if preview and preview.taken else [],
        may_replace=bool(preview and preview.taken and preview.taken.may_go),
    )


def _matched(preview: ImportPreview, choices: ImportChoices) -> list[MatchedColumn]:
    """Return the columns of a file and their mapping: as chosen, or else as proposed."""
    chosen = choices.chosen(preview.header)
    if preview.reason and not choices.column:
        found = likely(COLUMNS[choices.kind], preview.header)
        guess = {theirs: ours for ours, names in found.items() for theirs in names}
        chosen = [
            one or guess.get(theirs, "") for one, theirs in zip(chosen, preview.header, strict=True)
        ]
    return list(map(MatchedColumn, preview.header, chosen))


def _taken(words: Words, found: Taken) -> list[str]:
    """Return why a mapping cannot be saved under a name, and how the existing one differs."""
    nothing = words.say("nothing")
    lines = [
        words.say(
            "%(column)s: %(there)s there, %(here)s here",
            column=column_word(words, ours),
            there=words.quoted(there) if there else nothing,
            here=words.quoted(here) if here else nothing,
        )
        for ours, (there, here) in found.differs.items()
    ]
    return [words.capital(in_words(words, found.reason)), *lines]


def stages(words: Words, under_way: ImportUnderWay) -> list[StageLine]:
    """Return the stages of an import and how far it is."""
    told = under_way.progress
    order = [ImportStage.READING, ImportStage.CHECKING]
    order += [ImportStage.WRITING] if under_way.writes else []
    if told is None:
        return [StageLine(text=stage_word(words, stage), state="later") for stage in order]
    place = order.index(told.stage) if told.stage in order else len(order) - 1
    lines = []
    for number, stage in enumerate(order):
        text = stage_word(words, stage)
        if number == place:
            rows = told.written if stage is ImportStage.WRITING else told.rows
            text = words.say("%(what)s: %(rows)s", what=text, rows=file_text.row_count(words, rows))
        if number < place:
            text = words.say("%(what)s: done", what=text)
        state = "done" if number < place else "now" if number == place else "later"
        share = told.written / told.rows if told.written and told.rows else None
        lines.append(StageLine(text=text, state=state, share=share if state == "now" else None))
    return lines


def stage_word(words: Words, stage: ImportStage) -> str:
    """Return the description of an import stage."""
    return {
        ImportStage.READING: words.say("Reading the file"),
        ImportStage.CHECKING: words.say("Checking the rows against each other and the store"),
        ImportStage.WRITING: words.say("Writing"),
    }[stage]


def _statement(words: Words, report: ImportReport | None) -> str:
    if report is None:
        return ""
    document = report.document()
    if report.refused_whole:
        return file_text.refused(words, document, listed_below=True)
    return file_text.imported(words, document)


def _told(words: Words, report: ImportReport, matched: Sequence[MatchedColumn]) -> list[str]:
    """Return how the file was read, its recognised notation, and the number of rows left out."""
    document = report.document()
    told = [file_text.recognised(words, document)]
    passed_over = [words.quoted(one.theirs) for one in matched if not one.ours]
    if passed_over:
        told.append(words.say("Columns passed over: %(names)s.", names=", ".join(passed_over)))
    asked = {item.text for item in report.to_confirm}
    told += [
        _OPTION.sub("", in_words(words, text)) for text in report.warnings if text not in asked
    ]
    if report.left_out or report.refused_total:
        told.append(file_text.left_out(words, document))
    return told


def _at_fault(words: Words, report: ImportReport) -> str:
    return words.say_many("%(count)s row at fault", "%(count)s rows at fault", report.refused_total)


def _rows(words: Words, rows: Sequence[BadRow], caption: str) -> Table:
    """Return rows of a file, with the errors and doubts of each."""
    say = words.say
    return Table(
        caption=caption,
        columns=(
            TableColumn(say("Line"), numeric=True),
            TableColumn(say("Column")),
            TableColumn(say("Value")),
            TableColumn(say("Reason")),
        ),
        rows=tuple(
            (
                Cell(words.number(row.line)),
                Cell(column_word(words, row.column)),
                Cell(row.value),
                Cell(in_words(words, row.reason)),
            )
            for row in rows
        ),
        empty=say("No row is at fault."),
    )


def _note(words: Words, one: KeptImport) -> str:
    kind = kind_word(words, FileKind(one["kind"]))
    if not one.get("taken_back"):
        return kind
    gone = words.say("taken back")
    return f"{kind}, {gone}"


def _last(words: Words, links: Links, last: Sequence[KeptImport]) -> Table:
    say = words.say
    return Table(
        caption=say("Your last imports"),
        columns=(
            TableColumn(say("When")),
            TableColumn(say("File")),
            TableColumn(say("Rows"), numeric=True),
            TableColumn(say("Added"), numeric=True),
            TableColumn(say("Already there"), numeric=True),
            TableColumn(say("Left out"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(words.instant(dt.datetime.fromisoformat(one["at"]))),
                Cell(
                    one["file"],
                    note=_note(words, one),
                    href=links.kept_import(one["key"]) if "key" in one else None,
                ),
                Cell(words.number(one["rows"])),
                Cell(words.number(one["added"])),
                Cell(words.number(one["already_there"])),
                Cell(words.number(one["left_out"] + one["refused_total"])),
            )
            for one in last
        ),
        empty=say("Nothing was imported yet."),
    )
