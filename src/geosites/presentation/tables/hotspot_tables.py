"""The table of hotspots of a week: the content of the map for screen readers and print."""

from __future__ import annotations

from geosites.core.documents.weeks import HotspotRow, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import trend
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text import hotspot_text


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
