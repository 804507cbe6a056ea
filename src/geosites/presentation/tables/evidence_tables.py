"""Tables of what an answer about a closure rests on: runs of visits, and each visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from geosites.core.documents.closures import ClosureDocument, EvidenceRow
from geosites.presentation.formatting import Words
from geosites.presentation.labels import evidence_word
from geosites.presentation.tables.table import Cell, Table, TableColumn

MOST_ROWS = 25
SAW_NOBODY = frozenset({"negative", "repeat", "day_part_unknown"})
"""What evidence is called that saw nobody."""
_RUNS = (SAW_NOBODY, frozenset({"verified_positive"}))

Notes = Mapping[str, str]
"""Notes by the id of the visit they are about."""


def evidence(words: Words, answer: ClosureDocument, notes: Notes = MappingProxyType({})) -> Table:
    """Return what a closure answer rests on, the latest first.

    Visits in a row that saw nobody are one row with their days; `every_visit` tells each. `notes`
    are those that the reader may see, by the visit they are about.
    """
    spans = _spans(_latest_first(answer))
    return _evidence_table(
        words,
        rows=tuple(_span_row(words, span, notes) for span in spans[:MOST_ROWS]),
        note=_shown(words, len(spans)),
    )


def every_visit(
    words: Words, answer: ClosureDocument, notes: Notes = MappingProxyType({})
) -> Table | None:
    """Return each visit behind a closure answer, at most 25, folded; None where no row holds two.

    The latest stand first.
    """
    latest = _latest_first(answer)
    if all(len(span) == 1 for span in _spans(latest)):
        return None
    table = _evidence_table(
        words,
        rows=tuple(_visit_row(words, item, notes) for item in latest[:MOST_ROWS]),
        note=_shown(words, len(latest)),
    )
    return replace(table, caption=words.say("Each visit"), folded=True)


def _latest_first(answer: ClosureDocument) -> list[EvidenceRow]:
    return sorted(answer["evidence"], key=lambda item: item["observed_at"])[::-1]


def _spans(rows: Sequence[EvidenceRow]) -> list[list[EvidenceRow]]:
    """Return the rows by runs: of visits that saw nobody, of verified ones that saw people."""
    spans: list[list[EvidenceRow]] = []
    for row in rows:
        run = next((run for run in _RUNS if row["kind"] in run), frozenset())
        if spans and spans[-1][-1]["kind"] in run:
            spans[-1].append(row)
        else:
            spans.append([row])
    return spans


def _span_row(words: Words, span: Sequence[EvidenceRow], notes: Notes) -> tuple[Cell, ...]:
    if len(span) == 1:
        return _visit_row(words, span[0], notes)
    last, first = (words.local_day(item["observed_at"]) for item in (span[0], span[-1]))
    when = words.day(last) if first == last else words.span(first, last)
    return Cell(when), Cell(_run(words, span)), Cell(words.percent(span[0].get("p_after")))


def _run(words: Words, span: Sequence[EvidenceRow]) -> str:
    """Return what a run of visits saw; how many people, where that is told."""
    if span[0]["kind"] in SAW_NOBODY:
        return words.say_many(
            "%(count)s visit that saw nobody", "%(count)s visits that saw nobody", len(span)
        )
    seen = words.say_many(
        "people seen, verified: %(count)s time", "people seen, verified: %(count)s times", len(span)
    )
    heads = [item["headcount"] for item in span if item["headcount"] is not None]
    if not heads:
        return seen
    low, high = words.number(min(heads)), words.number(max(heads))
    most = words.say("%(low)s to %(high)s people", low=low, high=high) if low != high else high
    return f"{seen} ({most})"


def _visit_row(words: Words, item: EvidenceRow, notes: Notes) -> tuple[Cell, ...]:
    return (
        Cell(words.moment(item["observed_at"])),
        Cell(_seen(words, item), note=notes.get(item["id"] or "")),
        Cell(words.percent(item.get("p_after"))),
    )


def _evidence_table(words: Words, rows: tuple[tuple[Cell, ...], ...], note: str | None) -> Table:
    say = words.say
    return Table(
        caption=say("What the answer rests on"),
        columns=(
            TableColumn(say("When")),
            TableColumn(say("What was seen")),
            TableColumn(say("Probability after"), numeric=True),
        ),
        rows=rows,
        empty=say("No visit has been made since the closure."),
        note=note,
    )


def _seen(words: Words, item: EvidenceRow) -> str:
    word = evidence_word(words, item["kind"])
    return f"{word} ({words.number(item['headcount'])})" if item["headcount"] else word


def _shown(words: Words, count: int) -> str | None:
    if count <= MOST_ROWS:
        return None
    return words.say(
        "The latest %(shown)s of %(count)s; the API gives all of them.",
        shown=words.number(MOST_ROWS),
        count=words.number(count),
    )
