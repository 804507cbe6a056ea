"""The table of territories of a week: visits and people present, for screen readers and print."""

from __future__ import annotations

from geosites.core.documents.weeks import WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn


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
