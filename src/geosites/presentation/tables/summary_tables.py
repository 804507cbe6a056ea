"""Summary tables: the content of the map for screen readers and print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from geosites.core.documents.closures import ClosureDocument, EvidenceRow
from geosites.core.documents.sharing import SharedClosure
from geosites.core.documents.weeks import HotspotRow, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status, evidence_word, trend
from geosites.presentation.links import Links
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_text import closure_brief

MOST_ROWS = 25
SAW_NOBODY = frozenset({"negative", "repeat", "day_part_unknown"})
"""What evidence is called that saw nobody."""
_RUNS = (SAW_NOBODY, frozenset({"verified_positive"}))

Notes = Mapping[str, str]
"""Notes by the id of the visit they are about."""


@dataclass(frozen=True)
class Cell:
    """One cell: text, perhaps where it leads, the symbol of a closure status, a remark below."""

    text: str
    href: str | None = None
    shape: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class TableColumn:
    """A column: its heading, whether it holds numbers, whether a narrow screen can do without."""

    label: str
    numeric: bool = False
    minor: bool = False


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names the row. A `folded` one opens when asked."""

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    note: str | None = None
    folded: bool = False


def hotspots(words: Words, links: Links, answer: WeekDocument) -> Table:
    """Return the hotspots of a week, the largest first."""
    say = words.say
    return Table(
        caption=say("Hotspots"),
        columns=(
            TableColumn(say("No."), numeric=True),
            TableColumn(say("Where")),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Share"), numeric=True),
            TableColumn(say("Area"), numeric=True, minor=True),
            TableColumn(say("Visits"), numeric=True, minor=True),
            TableColumn(say("Trend")),
        ),
        rows=tuple(
            (
                Cell(str(spot["rank"])),
                _where(words, links, spot),
                Cell(words.count(spot["heads"])),
                Cell(words.percent(spot["share"])),
                Cell(words.hectares(spot["area_ha"])),
                Cell(words.number(spot["visits"])),
                _course(words, spot),
            )
            for spot in answer["hotspots"]
        ),
        empty=_no_hotspot(words, answer),
    )


def _course(words: Words, spot: HotspotRow) -> Cell:
    """Return the trend of a hotspot, and below it its age."""
    age = hotspot_text.age(words, spot)
    return Cell(trend(words, spot["trend"]).word, note=age) if spot["trend"] else Cell(age)


def _no_hotspot(words: Words, answer: WeekDocument) -> str:
    if not answer["visits"]:
        return words.say("Not observed: no visit this week.")
    calm = words.say("No hotspot this week: no group of cells stands out from chance.")
    return hotspot_text.no_ranking(words, answer) or calm


def _where(words: Words, links: Links, spot: HotspotRow) -> Cell:
    site = hotspot_text.site_of(spot)
    href = None if site is None else links.site(site)
    return Cell(hotspot_text.place_of(words, spot), href, note=hotspot_text.beside(words, spot))


def territories(
    words: Words, answer: WeekDocument, links: Links | None = None, most: int | None = None
) -> Table:
    """Return the territories of a week with people, the largest first.

    Beyond `most` rows, the rest is summarised in a line below.
    """
    say = words.say
    seen = [row for row in answer["territories"] if row["heads"] > 0]
    ranked = sorted(seen, key=lambda row: (-row["heads"], row["code"]))
    others = [
        f"{row['name']} {words.count(row['heads'])}".replace(" ", "\u00a0")
        for row in ranked[most:]
        if most
    ]
    return Table(
        caption=words.territories(),
        columns=(
            TableColumn(words.territory()),
            TableColumn(say("People"), numeric=True),
            TableColumn(say("Places"), numeric=True),
            TableColumn(say("Visits"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(row["name"], links.territory(row["code"]) if links else None),
                Cell(words.count(row["heads"])),
                Cell(words.number(row["places"])),
                Cell(words.number(row["visits"])),
            )
            for row in ranked[:most]
        ),
        empty=say("Nobody was seen in any territory this week.")
        if answer["visits"]
        else say("Not observed: no visit this week."),
        note=say("Fewer people: %(others)s.", others=" · ".join(others)) if others else None,
    )


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
    """Return the closures of other services: status and instant, as received."""
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


def evidence(words: Words, answer: ClosureDocument, notes: Notes = MappingProxyType({})) -> Table:
    """Return the evidence for a closure status, the latest first.

    Consecutive empty visits are one row with their days; `every_visit` lists each. `notes` are
    those that the reader may see, by visit.
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
    """Return each visit behind a closure status, at most 25, folded; None if no row has two.

    The latest come first.
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
    """Return what a run of visits saw, with the number of people if it may be shown."""
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


def status_words(words: Words, statuses: Sequence[str]) -> list[tuple[str, str]]:
    """Return each status with its word, for a legend."""
    return [(status, closure_status(words, status).word) for status in statuses]
