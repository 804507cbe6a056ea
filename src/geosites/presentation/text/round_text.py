"""Round sheets in words and tables: for the page and for paper."""

from __future__ import annotations

from geosites.core.documents.rounds import RoundDocument, RoundsDocument, StopRow
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status, day_part_word
from geosites.presentation.links import Links
from geosites.presentation.tables.summary_tables import Cell, Table, TableColumn
from geosites.presentation.text.near_text import near_text


def rounds_statement(words: Words, sheet: RoundsDocument) -> str:
    """Return how many visits are due, and by when."""
    count = sum(len(item["stops"]) for item in sheet["rounds"])
    day = words.day(sheet["due_by"])
    if count == 0:
        return words.say("No visit is due by %(day)s.", day=day)
    return words.say_many(
        "%(count)s visit due by %(day)s.", "%(count)s visits due by %(day)s.", count, day=day
    )


def rounds_reading(words: Words) -> list[str]:
    """Return how a round sheet is meant."""
    return [
        words.say(
            "A site stands in the part of the day in which a visit tells most: one in which no "
            "visit was made since the closure, or else the one in which people were seen best."
        ),
        words.say("Within a round the nearest site comes next; the way is as the crow flies."),
        words.say("Nobody there is an answer: please report it too, with 0."),
    ]


def round_title(words: Words, one: RoundDocument) -> str:
    """Return the part of the day of a round, and its way: `Le matin : 3 lieux, 2,1 km`."""
    sites = words.say_many("%(count)s site", "%(count)s sites", len(one["stops"]))
    when = words.capital(day_part_word(words, one["day_part"]))
    message = f"{when}{words.say(': ')}{sites}"
    return f"{message}, {words.metres(one['length_m'])}" if len(one["stops"]) > 1 else message


def round_table(words: Words, links: Links, sheet: RoundsDocument, one: RoundDocument) -> Table:
    """Return the stops of a round, in the order to go."""
    say = words.say
    return Table(
        caption=round_title(words, one),
        columns=(
            TableColumn(say("Site")),
            TableColumn(say("Closure")),
            TableColumn(say("Due")),
            TableColumn(say("Way"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(
                    f"{number}. {stop['name']}", links.site(stop["site"]), note=_ground(words, stop)
                ),
                Cell(closure_status(words, stop["status"]).word, shape=stop["status"]),
                Cell(words.day(stop["due"], near=sheet["as_of"])),
                Cell(words.metres(stop["leg_m"]) if number > 1 else "–"),
            )
            for number, stop in enumerate(one["stops"], start=1)
        ),
        empty="",
    )


def _ground(words: Words, stop: StopRow) -> str:
    where = near_text(words, stop["whereabouts"])
    return " · ".join(part for part in (where, stop["quartier"], stop["territory"]) if part)
