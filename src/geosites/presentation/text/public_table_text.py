"""The public table in words: its counts, what is guaranteed and what is not."""

from __future__ import annotations

import datetime as dt
import math

from geosites.core.documents.public_tables import PublicRow, PublicTableDocument
from geosites.core.quarters import Quarter
from geosites.presentation.formatting import Words
from geosites.presentation.tables.summary_tables import Cell, Table, TableColumn


def title(words: Words, answer: PublicTableDocument) -> str:
    """Return what the table is of: `Personnes présentes, juillet – septembre 2022`."""
    return words.say("People present, %(months)s", months=_months(words, answer["quarter"]))


def _months(words: Words, quarter: str) -> str:
    first, _, last = Quarter.parse(quarter).months
    names = words.months()
    return f"{names[first.month - 1]} – {names[last.month - 1]} {last.year}"


def statement(words: Words, answer: PublicTableDocument) -> list[str]:
    """Return how far the counts are off, and what suppression alone would have left of them."""
    half = words.say_many(
        "Each count has noise: half of them are off by no more than %(count)s person, nine in ten "
        "by no more than %(most)s.",
        "Each count has noise: half of them are off by no more than %(count)s people, nine in ten "
        "by no more than %(most)s.",
        answer["error_median"],
        most=words.number(answer["error_90"]),
    )
    beside = words.say(
        "To withhold small counts instead (below %(threshold)s, and others that would give them "
        "away: those with *) would leave %(left)s of %(cells)s counts, and guarantee nothing.",
        threshold=words.number(answer["threshold"]),
        left=words.number(answer["cells"] - answer["suppressed"]),
        cells=words.number(answer["cells"]),
    )
    return [half, beside]


def guarantee(words: Words, answer: PublicTableDocument) -> list[str]:
    """Return what is protected, what is not, and what is left of the budget, in plain words."""
    say = words.say
    return [
        say(
            "What is protected: that one person was at one place in one month. Whether the person "
            "was there at no visit of that month or at all of them, every table that could have "
            "been drawn is at most %(factor)s times as likely in one case as in the other.",
            factor=words.number(_factor(answer["epsilon"]), 2),
        ),
        say(
            "What is not: a person who stays for three months, or at several places, is protected "
            "less, by as many times as there are months and places. That a place is visited, that "
            "a scene exists, and how large it is, are not secret: the table is there to tell it."
        ),
        say(
            "The numbers of visits have no noise: they are those of the services, not of the "
            "people present. This supposes that visits which saw nobody are recorded too: a "
            "quarter without any is refused. People whom no visit saw are in no count."
        ),
        say(
            "The noise of a release is drawn once and kept: to ask again does not make the table "
            "surer. A further release of the same quarter draws another and spends from the same "
            "budget. Noise may make sums of territories differ a little from what was counted, and "
            "a count of 0 does not say that nobody was there."
        ),
        say(
            "Privacy budget of %(year)s: %(spent)s of %(budget)s spent; this table spent "
            "%(epsilon)s. When it is spent, no table of that year is released any more.",
            year=answer["quarter"][:4],
            spent=words.number(answer["spent"], 3),
            budget=words.number(answer["budget"], 3),
            epsilon=words.number(answer["epsilon"], 3),
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
        note=words.say("* would be withheld by suppression alone."),
    )


def _month(words: Words, month: str) -> str:
    return words.capital(words.months()[dt.date.fromisoformat(f"{month}-01").month - 1])


def _cell(words: Words, row: PublicRow | None) -> Cell:
    if row is None or row["heads"] is None:
        return Cell(words.say("not observed"))
    text = words.number(row["heads"]) + ("\u00a0*" if row["suppressed"] else "")
    visits = words.say_many("%(count)s visit", "%(count)s visits", row["visits"])
    return Cell(text, note=visits)
