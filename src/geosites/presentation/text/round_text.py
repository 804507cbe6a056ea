"""Round sheets as sentences and tables, for page and print."""

from __future__ import annotations

from geosites.core.documents.closures import StoppingFigures
from geosites.core.documents.rounds import RoundDocument, RoundsDocument, StopRow
from geosites.presentation.formatting import Words
from geosites.presentation.labels import day_part_word
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text.location_text import near_text
from geosites.presentation.text.stopping_rule_text import cost_reading, state_with_stopping
from geosites.presentation.text.walking_route_text import directions, way_length, ways_reading


def rounds_statement(words: Words, sheet: RoundsDocument) -> str:
    """Return how many visits are due, and by when."""
    count = sum(len(item["stops"]) for item in sheet["rounds"])
    day = words.day(sheet["due_by"])
    if count == 0:
        return words.say("No closure asks for a visit by %(day)s.", day=day)
    return words.say_many(
        "%(count)s visit due by %(day)s.", "%(count)s visits due by %(day)s.", count, day=day
    )


def rounds_reading(words: Words, sheet: RoundsDocument) -> list[str]:
    """Return how a round sheet is meant."""
    return [
        words.say(
            "A site stands in the part of the day in which a visit tells most: one in which no "
            "visit was made since the closure, or else the one in which people were seen best."
        ),
        words.say("Within a round the site nearest on foot comes next."),
        ways_reading(words, _later_ways(sheet)),
        *filter(None, [cost_reading(words, _rules(sheet))]),
        words.say("“Nobody there” is an answer too: please report it, with 0."),
    ]


def _rules(sheet: RoundsDocument) -> list[StoppingFigures | None]:
    return [stop["stopping"] for one in sheet["rounds"] for stop in one["stops"]]


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
                    f"{number}. {stop['name']}",
                    links.site(stop["site"]),
                    note=stop_ground(words, stop),
                ),
                Cell(stop_state(words, stop), shape=stop["status"]),
                Cell(words.day(stop["due"], near=sheet["as_of"])),
                Cell(way_length(words, stop["leg_m"], stop["way"]) if number > 1 else "–"),
            )
            for number, stop in enumerate(one["stops"], start=1)
        ),
        empty="",
    )


def stop_state(words: Words, stop: StopRow) -> str:
    """Return the state of a site, its probability, and what further visits are worth."""
    return state_with_stopping(words, stop["status"], stop["p_clear"], stop["stopping"])


def stop_ground(words: Words, stop: StopRow) -> str:
    """Return where a stop is, and the streets that lead there from the one before."""
    where, streets = near_text(words, stop["whereabouts"]), directions(words, stop["along"])
    parts = (where, stop["quartier"], stop["territory"], streets)
    return " · ".join(part for part in parts if part)


def _later_ways(sheet: RoundsDocument) -> list[str]:
    """Return what the ways between stops rest on; to the first stop there is none."""
    later = [stop["way"] for one in sheet["rounds"] for stop in one["stops"][1:]]
    return later or [stop["way"] for one in sheet["rounds"] for stop in one["stops"]]
