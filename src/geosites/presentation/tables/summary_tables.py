"""Summary tables: the content of the map for screen readers and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.sharing import SharedClosure
from geosites.core.documents.weeks import HotspotRow, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status, trend
from geosites.presentation.links import Links
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_text import closure_brief


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
    """Return where a hotspot goes, and below it how long it has been there."""
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
    """Return the territories of a week where anyone was seen, the most heads first.

    Beyond `most` rows, those that follow are told in one line below.
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
