"""The public table in words: its counts, and what is and is not guaranteed."""

from __future__ import annotations

import datetime as dt
import math

from geosites.core.documents.public_tables import PublicRow, PublicTableDocument
from geosites.core.quarters import Quarter
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn


def title(words: Words, answer: PublicTableDocument) -> str:
    """Return what the table is of: `Personnes présentes, juillet – septembre 2022`."""
    return words.say("People present, %(months)s", months=_months(words, answer["quarter"]))


def _months(words: Words, quarter: str) -> str:
    first, _, last = Quarter.parse(quarter).months
    names = words.months()
    return f"{names[first.month - 1]} – {names[last.month - 1]} {last.year}"


def quarter_name(words: Words, quarter: str) -> str:
    """Return a quarter in words: `3e trimestre 2022`."""
    year, _, number = quarter.partition("-Q")
    return {
        "1": words.say("first quarter of %(year)s", year=year),
        "2": words.say("second quarter of %(year)s", year=year),
        "3": words.say("third quarter of %(year)s", year=year),
        "4": words.say("fourth quarter of %(year)s", year=year),
    }[number]


def statement(words: Words, answer: PublicTableDocument) -> list[str]:
    """Return how far the counts are off, and what a count is of."""
    half = words.say_many(
        "Each headcount was changed a little at random: half of them by no more than %(count)s "
        "person, nine in ten by no more than %(most)s. The number of visits is exact.",
        "Each headcount was changed a little at random: half of them by no more than %(count)s "
        "people, nine in ten by no more than %(most)s. The number of visits is exact.",
        answer["error_median"],
        most=words.number(answer["error_90"]),
    )
    return [half, counted(words)]


def counted(words: Words) -> str:
    """Return what a headcount of the table is."""
    return words.say(
        "A headcount is how many people were there at a visit, on average over the month: for "
        "each place visited the mean of its weeks, added over the places of the territory. Months "
        "are not to be added: the same people may be there in several."
    )


def columns(words: Words) -> list[tuple[str, str]]:
    """Return the columns of the file by their names there, and what each holds."""
    return [
        ("code, name, month", words.say("the territory and the month")),
        ("visits", words.say("how many visits were made, exactly")),
        (
            "heads",
            words.say(
                "the headcount, changed at random; left empty where no visit was made, which is "
                "not zero; 0 where visits were made and the headcount once changed is 0"
            ),
        ),
        ("suppressed", words.say("True where the table above has an asterisk")),
    ]


def guarantee(words: Words, answer: PublicTableDocument) -> list[str]:
    """Return in plain words what is protected, what is not, and the rest of the year's budget."""
    return [
        words.say(
            "What is protected: that one person was at one place in one month. What the table can "
            "tell of it is limited, be it that the person was there at no visit of the month or "
            "at all of them; the method, below, says by how much."
        ),
        words.say(
            "What is not: a person who stays for three months, or at several places, is protected "
            "less, by as many times as there are months and places. That a place is visited, that "
            "a scene exists, and how large it is, are not secret: the table is there to tell it."
        ),
        words.say(
            "The numbers of visits are exact: they are those of the services, not of the people "
            "present. This supposes that visits which saw nobody are recorded too: a quarter "
            "without any is refused. People whom no visit saw are in no count."
        ),
        words.say(
            "The change of each headcount is drawn once and kept: to ask again does not make the "
            "table surer. Sums of territories may differ a little from what was counted."
        ),
        _later(words, answer),
    ]


def _later(words: Words, answer: PublicTableDocument) -> str:
    """Return whether a table of the year can still be released."""
    year = answer["quarter"][:4]
    if answer["spent"] >= answer["budget"]:
        return words.say(
            "No other table of %(year)s will be released: each one tells a little, and the most "
            "that may be told of a year has been.",
            year=year,
        )
    return words.say(
        "Each table released tells a little, and what the tables of %(year)s may tell together "
        "is limited: a further release of this quarter counts anew.",
        year=year,
    )


def method(words: Words, answer: PublicTableDocument) -> list[str]:
    """Return the guarantee in figures, and what suppression alone would have left."""
    return [
        words.say(
            "Differential privacy: whether one person was at one place at no visit of a month or "
            "at all of them, every table that could have been drawn is at most %(factor)s times "
            "as likely in one case as in the other.",
            factor=words.number(_factor(answer["epsilon"]), 2),
        ),
        words.say(
            "Privacy budget of %(year)s: %(spent)s of %(budget)s spent; this table spent "
            "%(epsilon)s.",
            year=answer["quarter"][:4],
            spent=words.number(answer["spent"], 3),
            budget=words.number(answer["budget"], 3),
            epsilon=words.number(answer["epsilon"], 3),
        ),
        words.say(
            "To withhold small counts instead (below %(threshold)s, and others that would give "
            "them away: those with *) would leave %(left)s of %(cells)s counts, and guarantee "
            "nothing.",
            threshold=words.number(answer["threshold"]),
            left=words.number(answer["cells"] - answer["suppressed"]),
            cells=words.number(answer["cells"]),
        ),
    ]


def _factor(epsilon: float) -> float:
    """Return exp(epsilon), rounded up to two decimals, since it is an upper bound."""
    return math.ceil(100.0 * math.exp(epsilon)) / 100.0


def table(words: Words, answer: PublicTableDocument) -> Table:
    """Return one row a territory, with a column a month."""
    months = [f"{month:%Y-%m}" for month in Quarter.parse(answer["quarter"]).months]
    by_code: dict[str, dict[str, PublicRow]] = {}
    for row in answer["rows"]:
        by_code.setdefault(row["code"], {})[row["month"]] = row
    return Table(
        caption=title(words, answer),
        columns=(
            TableColumn(words.say("Territory")),
            *(TableColumn(_month(words, month), numeric=True) for month in months),
        ),
        rows=tuple(
            (
                Cell(next(iter(rows.values()))["name"]),
                *(_cell(words, rows.get(month)) for month in months),
            )
            for rows in by_code.values()
        ),
        empty=words.say("not observed"),
        note=_note(words, answer),
    )


def _note(words: Words, answer: PublicTableDocument) -> str:
    """Return what an asterisk, a 0 and a blank mean, and what they do not."""
    star = words.say(
        "* The usual rule for small counts would withhold this one: it is below %(threshold)s, or "
        "would help to find one that is. It is no less sure than the others. The asterisk is "
        "worked out from the headcounts as published, already changed at random, and tells "
        "nothing more of those that were counted.",
        threshold=words.number(answer["threshold"]),
    )
    zero = words.say(
        "0 is a headcount once changed: it does not say that nobody was there. “Not observed” is "
        "not zero: no visit was made."
    )
    return f"{star} {zero}"


def _month(words: Words, month: str) -> str:
    return words.capital(words.months()[dt.date.fromisoformat(f"{month}-01").month - 1])


def _cell(words: Words, row: PublicRow | None) -> Cell:
    if row is None or row["heads"] is None:
        return Cell(words.say("not observed"))
    text = ("*\u00a0" if row["suppressed"] else "") + words.number(row["heads"])
    visits = words.say_many("%(count)s visit", "%(count)s visits", row["visits"])
    return Cell(text, note=visits)
